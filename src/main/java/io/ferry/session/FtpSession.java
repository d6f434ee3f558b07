package io.ferry.session;

import io.ferry.session.Features.DigestCommand;
import io.ferry.session.FtpException.Kind;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * A logged-in session, in TYPE I, in the login directory, which it never leaves: each path is relative to it or absolute.
 *
 * <p>Law: owned by its {@link SessionPool}, lent through a {@link Lease}, used by one thread at a time. After a lost or late
 * reply it {@linkplain #isBroken() is broken} and is thrown away. Every call has a deadline of {@link Timeouts}. Methods
 * throw {@link FtpException} for whatever the server refuses.
 */
public final class FtpSession implements Closeable {

    /** A quoted path, quotes in it doubled (RFC 959, appendix II). */
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"]|\"\")*)\"");

    /** The longest that a server is given to answer QUIT: nothing depends on its answer. */
    private static final Duration GOODBYE = Duration.ofSeconds(1);

    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]+");

    private final Partner partner;
    private final ControlConnection control;
    private final DataConnections dataConnections;
    private final Features features;
    private final Listings listings;
    private final Renaming renaming;
    private boolean statesSizes = true;
    private boolean hasStatedASize;
    private boolean saidGoodbye;
    private long goodbyeUntil;

    /** Over a control connection that is logged in. */
    FtpSession(
            Partner partner,
            ControlConnection control,
            DataConnections data,
            Features features,
            Experience experience) {
        this.partner = partner;
        this.control = control;
        this.dataConnections = data;
        this.features = features;
        this.renaming = new Renaming(control, experience);
        this.listings = new Listings(this, control, data, features, experience, renaming);
    }

    /**
     * Connects, secures the connection, logs in, asks for the features, and sets TYPE I.
     *
     * @param experience what earlier sessions found out
     * @param connected is handed the connection at once, to break it from another thread
     */
    static FtpSession open(Partner partner, Watchdog watchdog, Experience experience, Consumer<Closeable> connected)
            throws IOException {
        ControlConnection control = ControlConnection.open(partner, watchdog, connected);
        connected.accept(control);
        try {
            Tls tls = partner.tls();
            TlsLayer layer = tls == null ? null : new TlsLayer(partner, tls, watchdog);
            Login login = new Login(partner, control, experience.asksAhead());
            login.greet(layer);
            login.authenticate();
            Features features = login.features();
            login.chooseEncoding(features);
            login.settle();
            login.clear();
            boolean protectsData = tls != null && tls.protectsData();
            return new FtpSession(
                    partner,
                    control,
                    new DataConnections(partner, control, watchdog, protectsData ? layer : null, features, experience),
                    features,
                    experience);
        } catch (IOException | RuntimeException e) {
            control.close();
            throw e;
        }
    }

    /** Whether the session must not be used again. */
    public boolean isBroken() {
        return control.isBroken();
    }

    /** Whether the session can say more, but open no more data connections: it is not lent again. */
    boolean isSpent() {
        return dataConnections.isSpent();
    }

    /** Never lend this session again: what it has answered is not to be believed, or a reply may still be due. */
    public void distrust() {
        control.markBroken();
    }

    /** What the server deflates is not to be relied on: no session of this pool asks for it any more. */
    public void distrustDeflation() {
        dataConnections.distrustDeflation();
    }

    /** The partner it is logged in at. */
    public Partner partner() {
        return partner;
    }

    /**
     * Starts a download (RETR).
     *
     * @param path the remote file
     * @param restartOffset the first byte wanted, sent as REST directly before RETR; 0 for the whole file
     */
    public DataConnection retrieve(String path, long restartOffset) throws IOException {
        return dataConnections.openFile("RETR", path, restartOffset);
    }

    /**
     * As {@link #retrieve}, from the beginning, deflated on the line where the server does that (MODE Z); what is read is the file's
     * bytes. Not in TYPE A.
     *
     * @throws FtpException also from what is read, where {@link FtpException#isDamage()}
     */
    public DataConnection retrieveDeflated(String path) throws IOException {
        return dataConnections.openDeflated("RETR", path);
    }

    /**
     * Starts an upload (STOR).
     *
     * @param path the remote file
     * @param restartOffset the first byte sent, as REST directly before STOR; 0 replaces the file
     */
    public DataConnection store(String path, long restartOffset) throws IOException {
        return dataConnections.openFile("STOR", path, restartOffset);
    }

    /** Starts an upload to the end of a file (APPE). */
    public DataConnection append(String path) throws IOException {
        return dataConnections.openFile("APPE", path, 0);
    }

    /**
     * The size of a file (SIZE, RFC 3659).
     *
     * @return bytes, or empty when there is no such file or the server does not know SIZE
     */
    public Optional<Long> size(String path) throws IOException {
        return size(path, control.command("SIZE", path));
    }

    /**
     * As {@link #size(String)}.
     *
     * @param following what is likely to come next on this session, and is begun in the same go where the server takes that
     */
    public Optional<Long> size(String path, Set<Following> following) throws IOException {
        return statesSizes ? size(path, listings.questions().size(path, following)) : size(path);
    }

    /** What the reply to SIZE says. */
    Optional<Long> size(String path, Reply reply) throws IOException {
        if (reply.code() != 213) {
            statesSizes &= reply.code() != 500 && reply.code() != 502 && reply.code() != 504;
            return notThere("SIZE " + path, reply);
        }
        try {
            long size = Long.parseLong(reply.text());
            if (size < 0) {
                throw unreadable("SIZE " + path, reply);
            }
            hasStatedASize = true;
            return Optional.of(size);
        } catch (NumberFormatException e) {
            throw unreadable("SIZE " + path, reply);
        }
    }

    /** Whether the server knows SIZE, as far as it has been asked: an empty {@link #size} then means that there is no file. */
    public boolean statesSizes() {
        return statesSizes;
    }

    /** Whether SIZE has been answered on this session. */
    boolean hasStatedASize() {
        return hasStatedASize;
    }

    /**
     * The modification time of a file (MDTM, RFC 3659), in UTC.
     *
     * @return the time, or empty when there is no such file or the server does not know MDTM
     */
    public Optional<Instant> modified(String path) throws IOException {
        return modified(path, control.command("MDTM", path));
    }

    /** What the reply to MDTM says. */
    Optional<Instant> modified(String path, Reply reply) throws IOException {
        if (reply.code() != 213) {
            return notThere("MDTM " + path, reply);
        }
        Optional<Instant> modified = MachineEntry.time(reply.text());
        if (modified.isEmpty()) {
            throw unreadable("MDTM " + path, reply);
        }
        return modified;
    }

    /** What the server states about one file: MLST where offered, otherwise SIZE and MDTM, otherwise a line of LIST. */
    public Optional<RemoteFileFacts> facts(String path) throws IOException {
        return listings.facts(path, false, null);
    }

    /**
     * Ends a download whose bytes have all come: reads the reply to RETR as {@link DataConnection#finish()} does, and has asked by
     * then what {@link #factsAndNext} is to tell, which must be the next call.
     *
     * @param data the download's data connection, read to its end
     * @param path the file
     * @param next the file whose transfer is likely to follow, or null
     */
    public void finishAndAsk(DataConnection data, String path, @Nullable Upcoming next) throws IOException {
        try {
            data.finish(true, () -> listings.questions().askEarly(path, next));
        } catch (FtpException e) {
            if (control.isAnswerDue()) {
                listings.questions().failedEarly(e);
            }
            throw e;
        }
    }

    /**
     * As {@link #facts}, where another file's transfer is likely to follow on this session at once: what it begins with is asked in
     * the same go, and waits for {@link #factsBeforeTransfer} for a moment.
     *
     * @param next the other file, or null where there is none
     */
    public Optional<RemoteFileFacts> factsAndNext(String path, @Nullable Upcoming next) throws IOException {
        return listings.facts(path, false, next);
    }

    /** As {@link #facts}, for a file whose transfer is likely to follow at once: its data connection is asked for in the same go. */
    public Optional<RemoteFileFacts> factsBeforeTransfer(String path) throws IOException {
        return listings.facts(path, true, null);
    }

    /**
     * As {@link #factsBeforeTransfer(String)}, without a question where a listing has said the same: where its size and time prove the
     * version, and this server is known to say by MLST (RFC 3659) what it says by MLSD.
     */
    public Optional<RemoteFileFacts> factsBeforeTransfer(Upcoming file) throws IOException {
        return listings.factsBeforeTransfer(file);
    }

    /** Whether {@link #factsBeforeTransfer} of this file has been answered ahead. */
    boolean isToldOf(String path) {
        return listings.questions().isToldOf(path);
    }

    /** Whether {@link #factsBeforeTransfer} of some file has been answered ahead. */
    boolean isTold() {
        return listings.questions().isTold();
    }

    /**
     * The entries of a directory: MLSD where offered (RFC 3659), otherwise LIST.
     *
     * @param directory the path, or an empty string for the login directory
     */
    public Listing list(String directory) throws IOException {
        return listings.list(directory);
    }

    /**
     * The entries of a directory that are wanted, read to the end, so that the session is free for other use.
     *
     * @param directory as for {@link #list}
     * @param spill where the lines of many entries are put
     * @param wanted which entries to keep
     * @param known the lines, as the server sends them, that are passed over unread
     */
    public StoredListing listWhole(String directory, Path spill, Predicate<FTPFile> wanted, Predicate<String> known)
            throws IOException {
        try (Listing listing = list(directory)) {
            return StoredListing.of(listing, spill, wanted, known);
        }
    }

    /** Whether the times of {@link #list} are exact; those of LIST may be minutes coarse, or have no time of day. */
    public boolean listsExactTimes() {
        return listings.areMachineReadable();
    }

    /**
     * The names in a directory (NLST).
     *
     * @param path a directory or pattern, or an empty string for the login directory
     * @return the names as the server spells them; empty where it has none
     */
    public List<String> names(String path) throws IOException {
        return listings.names(path);
    }

    /**
     * The names of the files in a directory that are wanted, those that begin with a dot included: MLSD where offered,
     * and LIST -a where that shows none.
     *
     * @param directory the path, or an empty string for the login directory
     */
    public List<String> names(String directory, Predicate<String> wanted) throws IOException {
        return listings.names(directory, wanted);
    }

    /** The login directory (PWD, RFC 959). */
    public String workingDirectory() throws IOException {
        Reply reply = require("PWD", "");
        Matcher quoted = QUOTED.matcher(reply.text());
        if (!quoted.find()) {
            throw unreadable("PWD", reply);
        }
        return quoted.group(1).replace("\"\"", "\"");
    }

    /**
     * Whether a path is a directory that may be entered. The session stays in the login directory.
     *
     * @return the directory's absolute path, or empty where the server refuses to enter it
     */
    public Optional<String> directory(String path) throws IOException {
        String home = workingDirectory();
        Reply reply = control.command("CWD", path);
        if (reply.isRefusal()) {
            return Optional.empty();
        }
        if (!reply.isCompletion()) {
            throw control.refused("CWD " + path, reply);
        }
        try {
            return Optional.of(workingDirectory());
        } finally {
            goBack(home);
        }
    }

    /** A session that cannot go back would resolve the next lease's paths somewhere else. */
    private void goBack(String home) throws IOException {
        boolean back = false;
        try {
            back = !control.isBroken() && control.command("CWD", home).isCompletion();
        } finally {
            if (!back) {
                control.markBroken();
            }
        }
    }

    /** Makes a directory (MKD). */
    public void makeDirectory(String path) throws IOException {
        require("MKD", path);
    }

    /** Makes a directory, and those above it, where they are missing. */
    public void makeDirectories(String path) throws IOException {
        String directory = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        if (directory.isEmpty() || directory(directory).isPresent()) {
            return;
        }
        makeDirectories(directory.substring(0, directory.lastIndexOf('/') + 1));
        try {
            makeDirectory(directory);
        } catch (FtpException e) {
            // Another transfer may have made it meanwhile.
            if (control.isBroken() || directory(directory).isEmpty()) {
                throw e;
            }
        }
    }

    /** Removes an empty directory (RMD). */
    public void removeDirectory(String path) throws IOException {
        require("RMD", path);
    }

    /** Deletes a file (DELE). */
    public void delete(String path) throws IOException {
        require("DELE", path);
    }

    /** Renames a file (RNFR, RNTO). What happens to an existing target is the server's choice. */
    public void rename(String from, String to) throws IOException {
        renaming.rename(from, to);
    }

    /**
     * Gives a file a modification time, to the second, where the server offers that (MFMT, draft-somers-ftp-mfxx).
     *
     * @return whether the file has it now
     */
    public boolean setModified(String path, Instant time) throws IOException {
        return features.has("MFMT")
                && control.command("MFMT", MachineEntry.text(time) + " " + path).isCompletion();
    }

    /** Sends a SITE command. */
    public void site(String argument) throws IOException {
        require("SITE", argument);
    }

    /** The name of the digest that {@link #digest} returns, such as SHA-256, or empty where the server has none. */
    public Optional<String> digestAlgorithm() {
        return features.digest().map(DigestCommand::algorithm);
    }

    /**
     * The digest of a whole file, computed by the server with {@link #digestAlgorithm()}.
     *
     * @return the digest in lower-case hexadecimal
     */
    public String digest(String path) throws IOException {
        DigestCommand digest = features.digest()
                .orElseThrow(() -> new FtpException(Kind.REFUSED, partner + ": the server offers no digest command"));
        if (digest.verb().equals("HASH")) {
            require("OPTS", "HASH " + digest.algorithm());
        }
        // The server reads the whole file before it answers.
        Reply reply =
                control.command(digest.verb(), path, partner.timeouts().reply().multipliedBy(10));
        if (!reply.isCompletion()) {
            throw control.refused(digest.verb() + " " + path, reply);
        }
        int length = digest.hexDigits();
        List<String> digests = Arrays.stream(String.join(" ", reply.lines()).split("\\s+"))
                .filter(word -> word.length() == length && HEX.matcher(word).matches())
                .toList();
        if (digests.isEmpty()) {
            throw unreadable(digest.verb() + " " + path, reply);
        }
        // A name may look like a digest: HASH puts it behind the digest, the others in front.
        return digests.get(digest.verb().equals("HASH") ? 0 : digests.size() - 1)
                .toLowerCase(Locale.ROOT);
    }

    /** Whether no word of the server, such as a goodbye, waits to be read. */
    boolean isQuiet() {
        try {
            return control.isSilent();
        } catch (IOException e) {
            control.markBroken();
            return false;
        }
    }

    /** Whether the server still answers (NOOP). */
    boolean isAlive() {
        try {
            if (control.isBroken() || control.hasUnread()) {
                return false;
            }
            return control.command("NOOP", "", partner.timeouts().connect()).isCompletion();
        } catch (IOException e) {
            control.markBroken();
            return false;
        }
    }

    private Reply require(String verb, String argument) throws IOException {
        Reply reply = control.command(verb, argument);
        if (!reply.isCompletion()) {
            throw control.refused(argument.isEmpty() ? verb : verb + " " + argument, reply);
        }
        return reply;
    }

    private <T> Optional<T> notThere(String command, Reply reply) throws FtpException {
        if (reply.code() / 100 == 5) {
            return Optional.empty();
        }
        throw control.refused(command, reply);
    }

    /** It may be another command's, so that one more is due: the session is not used again. */
    private FtpException unreadable(String command, Reply reply) {
        control.markBroken();
        return new FtpException(
                Kind.UNSAFE, partner + ": the answer to " + command + " makes no sense: " + reply, reply, null);
    }

    /** Says QUIT where the session is sound; {@link #close()} waits for the answer. */
    void sayGoodbye() {
        if (saidGoodbye || control.isBroken()) {
            return;
        }
        saidGoodbye = true;
        goodbyeUntil = System.nanoTime() + GOODBYE.toNanos();
        try {
            control.send("QUIT", "", GOODBYE);
        } catch (IOException e) {
            // The session ends either way.
            control.markBroken();
        }
    }

    /** Says QUIT where the session is sound, and closes the connection. */
    @Override
    public void close() throws IOException {
        try {
            sayGoodbye();
            long left = goodbyeUntil - System.nanoTime();
            if (!control.isBroken() && left > 0) {
                control.finalReply("QUIT", Duration.ofNanos(left));
            }
        } catch (IOException e) {
            control.markBroken();
        } finally {
            control.close();
        }
    }

    /** Breaks whatever the session waits for; for another thread than the one that uses it. */
    void abort() throws IOException {
        control.close();
        dataConnections.abort();
    }
}
