package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.apache.commons.net.ftp.FTPClientConfig;
import org.apache.commons.net.ftp.FTPFile;
import org.apache.commons.net.ftp.FTPFileEntryParser;
import org.apache.commons.net.ftp.parser.DefaultFTPFileEntryParserFactory;
import org.apache.commons.net.ftp.parser.ParserInitializationException;
import org.apache.commons.net.ftp.parser.UnixFTPEntryParser;
import org.jspecify.annotations.Nullable;

/**
 * What a server tells of files and directories, read with the best means that it offers: MLSD and MLST (RFC 3659), LIST, NLST.
 *
 * <p>Law: belongs to one session and is used by its thread.
 */
final class Listings {

    private static final int MAX_NAMES = 1_000_000;

    /** What the names of one call hold together, in characters: they are all kept. */
    private static final long MAX_CHARACTERS = 64L << 20;

    /** No line of LIST that shows a file has more characters: names have 255 at most. */
    private static final int LONGEST_LINE = 1024;

    /** No system but Unix, where names may hold any number of them, writes more spaces in a row. */
    private static final int WIDEST_GAP = 40;

    /** How far a time of LIST may be off where nobody says in which time zone the server writes it. */
    private static final Duration ANY_ZONE = Duration.ofHours(26);

    private final FtpSession session;
    private final Partner partner;
    private final ControlConnection control;
    private final DataConnections dataConnections;
    private final Features features;
    private final Experience experience;
    private final FileQuestions questions;
    private @Nullable FTPFileEntryParser listParser;

    Listings(
            FtpSession session,
            ControlConnection control,
            DataConnections dataConnections,
            Features features,
            Experience experience,
            Renaming renaming) {
        this.session = session;
        this.partner = session.partner();
        this.control = control;
        this.dataConnections = dataConnections;
        this.features = features;
        this.experience = experience;
        this.questions = new FileQuestions(session, control, dataConnections, this, experience, renaming);
    }

    /** How it is asked about files. */
    FileQuestions questions() {
        return questions;
    }

    /**
     * What the server states about a file.
     *
     * @param transferFollows whether the port of a data connection is asked for as well
     * @param next the file that is likely to be transferred next on this session: the same is asked for it in the same go, with the
     *     port, and kept for a moment. Null for none.
     */
    Optional<RemoteFileFacts> facts(String path, boolean transferFollows, @Nullable Upcoming next) throws IOException {
        FileQuestions.Told early = questions.take(path);
        if (!transferFollows) {
            // Whoever is about to build on the answer without a further look, as a commit does, asks for what there is
            // now.
            early = null;
        }
        Instant asked = early == null ? Instant.now() : early.asked();
        if (areMachineReadable()) {
            Reply reply = early == null
                    ? questions
                            .ask(questions.about(path), 250, transferFollows, next)
                            .get(0)
                    : early.replies().get(0);
            Optional<MachineEntry> entry = reply.code() == 250 && reply.lines().size() > 1
                    ? MachineEntry.of(reply.lines().get(1).replaceFirst("^ ", ""))
                    : Optional.empty();
            if (entry.isPresent()
                    && isAbout(entry.get(), path)
                    && (entry.get().isDirectory()
                            || (entry.get().size() >= 0 && entry.get().modified() != null))) {
                return Optional.of(entry.get().facts(nameOf(path), asked));
            }
            if (reply.code() == 550) {
                return Optional.empty();
            }
            early = null;
            asked = Instant.now();
        }
        Optional<Long> size;
        Optional<Instant> modified;
        if (session.statesSizes()) {
            List<Reply> replies = early == null
                    ? questions.ask(FileQuestions.sizeAndTime(path), 213, transferFollows, next)
                    : early.replies();
            size = session.size(path, replies.get(0));
            modified = size.isPresent() ? session.modified(path, replies.get(1)) : Optional.empty();
        } else {
            size = session.size(path);
            modified = size.isPresent() ? session.modified(path) : Optional.empty();
        }
        if (size.isPresent() && modified.isPresent()) {
            return Optional.of(new RemoteFileFacts(
                    nameOf(path), false, size.get(), modified.get(), null, isSettled(modified.get(), asked)));
        }
        Optional<RemoteFileFacts> listed = factsOfListing(path, size.orElse(-1L), asked);
        // Such as a data set of z/OS, which has neither a size in bytes nor the name that it is asked for with.
        return listed.isEmpty() && partner.ascii() && !session.statesSizes()
                ? Optional.of(new RemoteFileFacts(nameOf(path), false, -1, null, null))
                : listed;
    }

    /**
     * What the server states about a file that is to be transferred: what it has listed, where it is known to answer the same, or
     * what it answers now.
     */
    Optional<RemoteFileFacts> factsBeforeTransfer(Upcoming file) throws IOException {
        if (questions.isListedEnough(file)) {
            questions.forget();
            return Optional.ofNullable(file.listed());
        }
        Optional<RemoteFileFacts> answer = facts(file.path(), true, null);
        RemoteFileFacts listed = file.listed();
        if (listed != null && answer.isPresent()) {
            experience.compareListed(listed, answer.get());
        }
        return answer;
    }

    /** Some servers take an asterisk or a question mark in a name for a pattern, and tell of the directory. */
    private static boolean isAbout(MachineEntry entry, String path) {
        return !entry.isDirectory() || nameOf(path).chars().noneMatch(c -> "*?[{".indexOf(c) >= 0);
    }

    private static boolean isSettled(@Nullable Instant modified, Instant asked) {
        return RemoteFileFacts.isSettled(modified, RemoteFileFacts.resolution(modified), asked);
    }

    /** Whether MLST and MLSD are used (RFC 3659, one feature for both). */
    boolean areMachineReadable() {
        return partner.listing().machine() && features.has("MLST");
    }

    private Optional<RemoteFileFacts> factsOfListing(String path, long size, Instant asked) throws IOException {
        try (Listing listing = listLines(path)) {
            RemoteFileFacts found = null;
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                if (entry.isFile() && nameOf(entry.getName()).equals(nameOf(path))) {
                    long known = size >= 0 ? size : entry.getSize();
                    // The resolution first: reading the time fills in what the line does not show.
                    Duration resolution = resolution(entry.getTimestamp());
                    Instant modified = entry.getTimestampInstant();
                    boolean settled = RemoteFileFacts.isSettled(modified, resolution, asked);
                    found = new RemoteFileFacts(nameOf(path), false, known, modified, null, settled);
                }
            }
            return found != null || size < 0
                    ? Optional.ofNullable(found)
                    : Optional.of(new RemoteFileFacts(nameOf(path), false, size, null, null));
        } catch (FtpException e) {
            // 450 is how some servers say that there is no such file (RFC 959, 5.4); other refusals for now say
            // nothing.
            if (!e.refuses("LIST") || (e.kind() != Kind.REFUSED && e.replyCode() != 450)) {
                throw e;
            }
            return size < 0
                    ? Optional.empty()
                    : Optional.of(new RemoteFileFacts(nameOf(path), false, size, null, null));
        }
    }

    /** The step of what a line of LIST shows: seconds, minutes, or days where it shows the year instead of the time. */
    private Duration resolution(@Nullable Calendar time) {
        ListingFormat.Settings settings = partner.listing().settings();
        Duration zone = settings == null || settings.timeZone() == null ? ANY_ZONE : Duration.ZERO;
        // The library clears the first field that the line does not show, and none behind it.
        if (time == null || !time.isSet(Calendar.HOUR_OF_DAY) || !time.isSet(Calendar.MINUTE)) {
            return zone.plusDays(1);
        }
        return time.isSet(Calendar.SECOND) ? zone.plusSeconds(1) : zone.plusMinutes(1);
    }

    Listing list(String directory) throws IOException {
        if (areMachineReadable()) {
            Instant asked = Instant.now();
            DataConnection data = dataConnections.open("MLSD", directory, 0);
            return new Listing(partner, data, control, line -> machineEntry(line, asked));
        }
        return listLines(directory);
    }

    List<String> names(String directory, Predicate<String> wanted) throws IOException {
        if (areMachineReadable()) {
            List<String> names = names(list(directory), wanted);
            if (!names.isEmpty()) {
                return names;
            }
        }
        // Many servers leave out what begins with a dot, some from MLSD too.
        return names(listLines(directory.isEmpty() ? "-a" : "-a " + directory), wanted);
    }

    private List<String> names(Listing entries, Predicate<String> wanted) throws IOException {
        List<String> names = new ArrayList<>();
        long characters = 0;
        try (Listing listing = entries) {
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                String name = nameOf(entry.getName());
                if (entry.isFile() && wanted.test(name)) {
                    names.add(name);
                    characters += name.length();
                    bound(names.size(), characters);
                }
            }
        }
        return names;
    }

    static @Nullable FTPFile machineEntry(String line, Instant asked) {
        return MachineEntry.of(line)
                .filter(entry -> !entry.isSelfOrParent())
                .map(entry -> entry.toFtpFile(asked))
                .orElse(null);
    }

    private Listing listLines(String path) throws IOException {
        FTPFileEntryParser parser = listParser();
        UnixLines plain = parser instanceof UnixFTPEntryParser unix ? new UnixLines(unix) : null;
        return new Listing(partner, dataConnections.open("LIST", path, 0), control, line -> entry(parser, plain, line));
    }

    /**
     * What a line of LIST says, or null. The library's patterns try all ways to divide a line: some need hours for one that is made
     * for that.
     */
    static @Nullable FTPFile entry(FTPFileEntryParser parser, @Nullable UnixLines plain, String line) {
        if (line.length() > LONGEST_LINE || (!(parser instanceof UnixFTPEntryParser) && hasWideGap(line))) {
            return null;
        }
        // A parser keeps its last match, and an entry may be read again when another thread has the session.
        synchronized (parser) {
            FTPFile entry = plain == null ? null : plain.read(line);
            return entry != null ? entry : parser.parseFTPEntry(line);
        }
    }

    private static boolean hasWideGap(String line) {
        int gap = 0;
        for (int i = 0; i < line.length() && gap <= WIDEST_GAP; i++) {
            gap = Character.isWhitespace(line.charAt(i)) ? gap + 1 : 0;
        }
        return gap > WIDEST_GAP;
    }

    /** RFC 959 gives the system's name as the first word of SYST's reply; Unix is what the others imitate. */
    static FTPFileEntryParser parserFor(DefaultFTPFileEntryParserFactory factory, String system) {
        try {
            return factory.createFileEntryParser(system.isEmpty() ? FTPClientConfig.SYST_UNIX : system);
        } catch (ParserInitializationException e) {
            return factory.createFileEntryParser(FTPClientConfig.SYST_UNIX);
        }
    }

    private FTPFileEntryParser listParser() throws IOException {
        FTPFileEntryParser parser = listParser;
        if (parser == null) {
            FTPClientConfig config = partner.listing().config();
            DefaultFTPFileEntryParserFactory factory = new DefaultFTPFileEntryParserFactory();
            if (config != null) {
                parser = factory.createFileEntryParser(config);
            } else {
                Reply system = control.command("SYST", "");
                parser = parserFor(factory, system.isCompletion() ? system.text() : "");
            }
            listParser = parser;
        }
        return parser;
    }

    List<String> names(String path) throws IOException {
        List<String> names = new ArrayList<>();
        DataConnection data;
        try {
            data = dataConnections.open("NLST", path, 0);
        } catch (FtpException e) {
            // 550 and 450 are how servers say that there is nothing to list (RFC 959, 5.4); a missing directory too.
            if (e.refuses("NLST") && (e.replyCode() == 550 || e.replyCode() == 450)) {
                return names;
            }
            throw e;
        }
        try (Listing listing = new Listing(partner, data, control, Listings::named)) {
            long characters = 0;
            for (FTPFile entry = listing.next(); entry != null; entry = listing.next()) {
                names.add(entry.getName());
                characters += entry.getName().length();
                bound(names.size(), characters);
            }
        }
        return names;
    }

    private void bound(int names, long characters) throws FtpException {
        if (names > MAX_NAMES || characters > MAX_CHARACTERS) {
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": a listing gives over " + MAX_NAMES + " names, or over " + MAX_CHARACTERS
                            + " characters");
        }
    }

    static FTPFile named(String name) {
        FTPFile entry = new FTPFile();
        entry.setName(name);
        return entry;
    }

    private static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
