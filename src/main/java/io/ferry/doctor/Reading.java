package io.ferry.doctor;

import io.ferry.session.FtpSession;
import io.ferry.session.Listing;
import io.ferry.session.Partner;
import io.ferry.session.Probe;
import io.ferry.session.Tls;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** What a server can do, as far as commands tell that change nothing. */
final class Reading {

    /** As vsftpd's STAT and Pure-FTPd's greeting state it. */
    private static final Pattern IDLE = Pattern.compile(
            "(?i)timeout in seconds is (\\d+)|after (\\d+) (second|minute)s? of inactivity|idle.{0,20}?(\\d+) (second|minute)");

    /** The words around the features in a reply to FEAT. */
    private static final Pattern FRAME = Pattern.compile("END\\.?|.*:|EXTENSIONS.*|FEATURES");

    private final Partner partner;
    private final Probe probe;
    private final String directory;
    private final int sessions;
    private final String greeting;
    private final Findings findings;
    private Map<String, String> features = Map.of();
    private @Nullable FTPFile sample;

    Reading(Partner partner, Probe probe, String directory, int sessions, String greeting, Findings findings) {
        this.partner = partner;
        this.probe = probe;
        this.directory = directory;
        this.sessions = sessions;
        this.greeting = greeting;
        this.findings = findings;
    }

    /**
     * Makes the checks.
     *
     * @return whether the directory could be read
     */
    boolean run() {
        try {
            features();
            if (partner.passive()) {
                new PassivePorts(partner, probe, findings).run();
            }
            boolean listed = list();
            if (listed) {
                encoding();
                facts(probe.session());
            }
            digests();
            idle();
            sessions();
            return listed;
        } catch (IOException e) {
            findings.fail("connection", e, "The connection was lost in the middle: try again, and ask the partner.");
            return false;
        }
    }

    private void features() throws IOException {
        features = probe.prepare();
        findings.add(
                features.isEmpty()
                        ? Check.warn(
                                "FEAT",
                                "the server does not say what it can do",
                                "Each command is tried as it is needed; expect an old server.")
                        : Check.ok(
                                "FEAT",
                                features.keySet().stream()
                                        .filter(each -> !FRAME.matcher(each).matches())
                                        .sorted()
                                        .collect(Collectors.joining(" "))));
        if (partner.tls() == null) {
            boolean offered = features.getOrDefault("AUTH", "").contains("TLS");
            findings.add(Check.warn(
                    "TLS",
                    "plain FTP: whoever is on the line can read the password and the files, and change them",
                    offered
                            ? "Use ferry-ftps: this server offers TLS."
                            : "Try ferry-ftps, or ask the partner for TLS."));
        }
    }

    /** Lists the directory, which takes a data connection. */
    private boolean list() throws IOException {
        FtpSession session = probe.session();
        String how = session.listsExactTimes() ? "MLSD" : "LIST";
        String shown = directory.isEmpty() ? "the login directory" : directory;
        if (!directory.isEmpty() && session.directory(directory).isEmpty()) {
            findings.fail(
                    how,
                    new IOException("there is no directory " + directory + ", or it may not be entered"),
                    "Paths are relative to the login directory, which is " + session.workingDirectory() + ".");
            return false;
        }
        int count = 0;
        boolean readable = true;
        try (Listing listing = session.list(directory)) {
            for (FTPFile each = listing.next(); each != null; each = listing.next()) {
                count++;
                readable &= each.getName().indexOf('\uFFFD') < 0;
                if (sample == null && each.isFile()) {
                    sample = each;
                }
            }
        } catch (IOException e) {
            findings.fail(how, e, "Without listings nothing can be polled. See EPSV and PASV above.");
            return false;
        }
        String entries = count == 1 ? "1 entry" : count + " entries";
        findings.add(
                how.equals("MLSD")
                        ? Check.ok("MLSD", entries + " in " + shown + ", with exact times")
                        : Check.note(
                                "MLSD",
                                "not offered; LIST shows " + entries + " in " + shown
                                        + ", its times to the minute. Exact ones are"
                                        + " asked for where they matter (MDTM), at a command a file"));
        if (!readable) {
            findings.add(Check.warn(
                    "names",
                    "some names in " + shown + " are not in "
                            + (partner.encoding() == null ? "UTF-8" : partner.encoding()),
                    "Set ftpClient.controlEncoding, such as ISO-8859-1 or windows-1252."));
        }
        resumption();
        return true;
    }

    private void resumption() {
        Tls tls = partner.tls();
        if (tls == null) {
            return;
        }
        if (!tls.protectionLevel().equals("P")) {
            findings.add(Check.warn(
                    "TLS reuse",
                    "data crosses in plain text, as execProt=" + tls.protectionLevel() + " says",
                    "Leave execProt out: whoever is on the line can read the files, and change them."));
            return;
        }
        findings.add(
                probe.hasResumed()
                        ? Check.ok("TLS reuse", "the data connection resumed the control connection's TLS session")
                        : Check.warn(
                                "TLS reuse",
                                "the data connection did not resume the control connection's TLS session",
                                "It works, with a full handshake for each file; the server's operator can enable session"
                                        + " caching or tickets."));
    }

    private void encoding() throws IOException {
        if (partner.encoding() != null) {
            findings.add(Check.note("UTF-8", "names are sent as " + partner.encoding() + ", as the options say"));
        } else if (features.containsKey("UTF8")) {
            Probe.Answer answer = probe.ask("OPTS", "UTF8 ON");
            // Servers that cannot do otherwise may refuse to switch it on.
            findings.add(Check.ok("UTF-8", "announced; OPTS UTF8 ON: " + answer.code() + " " + answer.text()));
        } else {
            findings.add(Check.note(
                    "UTF-8",
                    "not announced; Ferry sends names as UTF-8 all the same. Where names beyond ASCII come out wrong, set"
                            + " ftpClient.controlEncoding"));
        }
    }

    private void facts(FtpSession session) throws IOException {
        FTPFile file = sample;
        if (file == null) {
            findings.add(Check.note("SIZE", "no file here to try it on" + offered("SIZE")));
            findings.add(Check.note("MDTM", "no file here to try it on" + offered("MDTM")));
            return;
        }
        String path = directory.isEmpty()
                ? file.getName()
                : directory.endsWith("/") ? directory + file.getName() : directory + "/" + file.getName();
        Optional<Long> size = session.size(path);
        if (size.isEmpty()) {
            findings.add(Check.fail(
                    "SIZE",
                    "no answer for " + path,
                    "Nothing proves that a file has arrived whole. verify=none accepts that."));
            findings.option("verify", "none");
        } else if (file.getSize() >= 0 && size.get() != file.getSize()) {
            findings.add(Check.warn(
                    "SIZE",
                    path + " has " + size.get() + " bytes, and is listed with " + file.getSize(),
                    "It may be growing just now: stableFor waits until a file rests."));
        } else {
            findings.add(Check.ok("SIZE", path + " has " + size.get() + " bytes, as listed"));
        }
        Optional<Instant> modified = session.modified(path);
        findings.add(modified.map(time -> Check.ok("MDTM", path + " was changed " + time))
                .orElseGet(() -> Check.warn(
                        "MDTM",
                        "no answer for " + path,
                        "A replaced file of the same size is told by the listing's time only.")));
    }

    private String offered(String feature) {
        return features.containsKey(feature) ? "; FEAT offers it" : "; FEAT does not offer it";
    }

    private void digests() {
        findings.add(probe.session()
                .digestAlgorithm()
                .map(name -> Check.ok("digest", name + " can be computed there: verify=digest works"))
                .orElseGet(() -> Check.note("digest", "none is offered: verify=size is what there is")));
    }

    private void idle() throws IOException {
        String stated = greeting + " " + probe.ask("STAT", "").text();
        Matcher limit = IDLE.matcher(stated);
        if (limit.find()) {
            String number =
                    limit.group(1) != null ? limit.group(1) : limit.group(2) != null ? limit.group(2) : limit.group(4);
            String unit = limit.group(1) != null ? "second" : limit.group(2) != null ? limit.group(3) : limit.group(5);
            findings.add(Check.ok(
                    "idle time-out",
                    number + " " + unit + "s, the server says; an idle session is replaced by itself"));
        } else {
            findings.add(Check.note(
                    "idle time-out", "the server does not say; an idle session that has ended is replaced by itself"));
        }
    }

    /** Opens sessions until one is refused, and closes them all. */
    private void sessions() {
        List<Probe> open = new ArrayList<>();
        String refusal = null;
        try {
            while (refusal == null && open.size() + 1 < sessions) {
                Probe another = new Probe(partner);
                open.add(another);
                refusal = refusal(another);
            }
        } finally {
            open.forEach(Reading::close);
        }
        int allowed = refusal == null ? open.size() + 1 : open.size();
        if (refusal == null) {
            findings.add(Check.ok("sessions", "at least " + allowed + " at once"));
        } else {
            findings.option("maxSessions", String.valueOf(allowed));
            findings.add(Check.warn(
                    "sessions",
                    allowed + " at once; the next one: " + refusal,
                    "Set maxSessions=" + allowed + ", or ask the partner for more."));
        }
    }

    private static @Nullable String refusal(Probe probe) {
        try {
            probe.connect();
            probe.greet();
            probe.logIn();
            probe.prepare();
            return null;
        } catch (IOException e) {
            return e.getMessage() == null ? e.toString() : e.getMessage();
        }
    }

    private static void close(Probe probe) {
        try {
            probe.close();
        } catch (IOException e) {
            // It was only counted.
            return;
        }
    }
}
