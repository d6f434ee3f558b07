package io.ferry.session;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Replies of any bytes, to each command whose reply is read for more than its code. The first byte of an input says which; a zero
 * byte ends one reply and begins the next.
 */
public final class ReplyFuzz {

    private static final int LONGEST_MESSAGE = 20_000;
    private static final String PASSWORD = "open-sesame";
    private static final Partner PARTNER =
            PartnerSetup.at(21).login("ferry", PASSWORD).active().get();
    private static final Watchdog WATCHDOG = new Watchdog("reply fuzz");

    private ReplyFuzz() {}

    /** What Ferry makes of these bytes. Anything but a value that makes sense or an {@link IOException} is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        List<byte[]> parts = split(input);
        try (ControlConnection control = new ControlConnection(PARTNER, WATCHDOG, ByteSocket.answering(parts))) {
            ask(input[0], control);
        } catch (IOException e) {
            checkMessage(e, input[0] == 'r');
        }
    }

    private static List<byte[]> split(byte[] input) {
        List<byte[]> parts = new ArrayList<>();
        int begin = 1;
        for (int i = 1; i <= input.length; i++) {
            if (i == input.length || input[i] == 0) {
                parts.add(Arrays.copyOfRange(input, begin, i));
                begin = i + 1;
            }
        }
        return parts;
    }

    private static void ask(byte question, ControlConnection control) throws IOException {
        Experience experience = new Experience();
        if (question == 'r') {
            for (int i = 0; i < 3; i++) {
                check(control.command("PASS", PASSWORD));
            }
            return;
        }
        if (question == 'e') {
            int port = new PassivePort(PARTNER, control, experience).ask();
            require(port > 0 && port < 65536, "port " + port);
            return;
        }
        Features features = Features.of(check(control.command("FEAT", "")));
        DataConnections data = new DataConnections(PARTNER, control, WATCHDOG, null, features, experience);
        FtpSession session = new FtpSession(PARTNER, control, data, features, experience);
        switch (question) {
            case 's' -> session.size("file").ifPresent(size -> require(size >= 0, "size " + size));
            case 'm' -> session.modified("file");
            case 'p' -> require(session.workingDirectory() != null, "a directory");
            case 'd' -> session.directory("box").ifPresent(each -> require(each != null, "a directory"));
            case 'h' -> require(session.digest("file").matches("[0-9a-f]{32,128}"), "a digest");
            case 'l' -> session.list("box").close();
            default ->
                session.facts("box/file")
                        .ifPresent(facts -> require(facts.name().equals("file"), "the name asked for"));
        }
    }

    private static Reply check(Reply reply) {
        require(reply.code() >= 100 && reply.code() <= 999, "code " + reply.code());
        require(reply.lines().size() <= 2001, "bounded lines");
        for (String line : reply.lines()) {
            require(line.length() <= 8192 && line.indexOf('\n') < 0 && line.indexOf('\r') < 0, "a bounded line");
        }
        return reply;
    }

    private static void checkMessage(IOException failure, boolean afterPassword) {
        String message = String.valueOf(failure.getMessage());
        require(failure instanceof FtpException, "told as " + failure);
        require(message.length() < LONGEST_MESSAGE, "a message of " + message.length() + " characters");
        require(message.chars().noneMatch(c -> c < ' ' || c == 0x7f), "control characters in: " + message);
        // Repeated in the reply to another command it may as well be part of a name.
        require(!afterPassword || !message.contains(PASSWORD), "the password in: " + message);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not " + what);
        }
    }
}
