package io.ferry.session;

import io.ferry.transfer.LocalTarget;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPFileEntryParser;
import org.apache.commons.net.ftp.parser.DefaultFTPFileEntryParserFactory;
import org.apache.commons.net.ftp.parser.UnixFTPEntryParser;

/** Listings of any bytes. The first byte of an input says in which format they are to be read. */
public final class ListingFuzz {

    private static final List<String> SYSTEMS = List.of(
            "UNIX Type: L8", "WINDOWS", "VMS", "OS/2", "OS/400", "MVS", "NETWARE", "MACOS PETER", "WIN32", "TYPE: L8");

    private static final Path TARGET = Path.of("/target");
    private static final Partner PARTNER = PartnerSetup.at(21).get();
    private static final Watchdog WATCHDOG = new Watchdog("listing fuzz");

    private ListingFuzz() {}

    /** What Ferry makes of these bytes. Anything but entries or an {@link IOException} is a finding. */
    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        int lines = 0;
        for (byte each : input) {
            lines += each == '\n' ? 1 : 0;
        }
        byte[] listing = java.util.Arrays.copyOfRange(input, 1, input.length);
        byte[] done = "226 Done.\r\n".getBytes(StandardCharsets.US_ASCII);
        try (ControlConnection control = new ControlConnection(PARTNER, WATCHDOG, ByteSocket.sending(done));
                Listing entries = new Listing(PARTNER, data(control, listing), control, parser(input[0]))) {
            int count = 0;
            for (FTPFile entry = entries.next(); entry != null; entry = entries.next()) {
                check(entry);
                count++;
            }
            require(count <= lines, count + " entries in " + lines + " lines");
        } catch (IOException e) {
            require(e instanceof FtpException && e.getMessage().length() < 20_000, "told as " + e);
        }
    }

    private static DataConnection data(ControlConnection control, byte[] listing) throws IOException {
        NamedSocket socket = new NamedSocket(ByteSocket.sending(listing), 20);
        return new DataConnection(
                PARTNER,
                control,
                WATCHDOG,
                socket,
                socket,
                "LIST",
                "",
                DataForm.BYTES,
                (command, reply) -> FtpException.refused(PARTNER, command, reply));
    }

    private static Function<String, FTPFile> parser(byte format) {
        if (format == 'm') {
            return line -> Listings.machineEntry(line, Instant.EPOCH);
        }
        if (format == 'n') {
            return Listings::named;
        }
        int system = format - '0';
        FTPFileEntryParser parser = Listings.parserFor(
                new DefaultFTPFileEntryParserFactory(),
                system >= 0 && system < SYSTEMS.size() ? SYSTEMS.get(system) : "");
        UnixLines plain = parser instanceof UnixFTPEntryParser unix ? new UnixLines(unix) : null;
        return line -> Listings.entry(parser, plain, line);
    }

    private static void check(FTPFile entry) {
        String name = entry.getName();
        require(!name.isEmpty() && !name.equals(".") && !name.equals(".."), "a name: " + name);
        require(name.indexOf('\n') < 0, "one line: " + name);
        entry.getTimestampInstant();
        try {
            LocalTarget.checkName(name);
        } catch (IllegalArgumentException e) {
            // Never written.
            return;
        }
        try {
            Path file = TARGET.resolve(name).normalize();
            require(TARGET.equals(file.getParent()), "inside: " + file);
        } catch (InvalidPathException e) {
            // This system cannot spell it, and says so before anything is written.
            return;
        }
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("not " + what);
        }
    }
}
