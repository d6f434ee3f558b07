package io.ferry.doctor;

import io.ferry.console.Sizes;
import io.ferry.session.DataConnection;
import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.Lease;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * How a server writes, tried with files of its own.
 *
 * <p>Law: each file is named before it is written, under a hidden name that nobody else has, and all are removed at the end, also
 * after a failure; where that does not work, the finding names them.
 */
final class Writing {

    private static final int SMALL = 64 << 10;
    private static final Duration SKEW = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofSeconds(5);
    private static final int[] BLOCKS = {64 << 10, 256 << 10, 1 << 20};

    private final Partner partner;
    private final String directory;
    private final int throughput;
    private final Findings findings;
    private final List<String> written = new ArrayList<>();
    private final Random random = new Random();
    private @Nullable SessionPool pool;

    Writing(Partner partner, String directory, int throughput, Findings findings) {
        this.partner = partner;
        this.directory = directory;
        this.throughput = throughput;
        this.findings = findings;
    }

    private interface Step {
        void run() throws IOException;
    }

    private interface Call<T> {
        T on(FtpSession session) throws IOException;
    }

    void run() {
        try (SessionPool opened = new SessionPool(partner)) {
            pool = opened;
            byte[] content = bytes(SMALL);
            String file = name();
            try {
                boolean isWritable = attempt(
                        "STOR", "May " + partner.user() + " write into this directory?", () -> begin(file, content));
                if (isWritable) {
                    attempt("REST up", "Cut uploads begin again at byte 0.", () -> restUp(file, content));
                    attempt("REST down", "Cut downloads begin again at byte 0.", () -> restDown(content));
                    attempt(
                            "rename",
                            "Set onUnprovable=accept: files then appear while they are written.",
                            this::rename);
                    attempt("throughput", "Try again, and ask the partner.", this::throughput);
                }
            } finally {
                remove();
            }
        }
    }

    private boolean attempt(String name, String advice, Step step) {
        try {
            step.run();
            return true;
        } catch (IOException e) {
            findings.fail(name, e, advice);
            return false;
        }
    }

    /**
     * One call on a session that has a data connection left: some servers hand out no TLS ticket for the next one. A session that turns
     * out to have none is replaced once.
     */
    private <T> T call(Call<T> call) throws IOException {
        try (Lease lease = pool().lease()) {
            return call.on(lease.session());
        } catch (FtpException e) {
            if (e.kind() != FtpException.Kind.CONNECTION_LOST) {
                throw e;
            }
            try (Lease lease = pool().lease()) {
                return call.on(lease.session());
            }
        }
    }

    private SessionPool pool() {
        return Objects.requireNonNull(pool, "run comes first");
    }

    private byte[] bytes(int count) {
        byte[] content = new byte[count];
        random.nextBytes(content);
        return content;
    }

    private String name() {
        byte[] id = new byte[6];
        random.nextBytes(id);
        String name = ".ferry-doctor-" + HexFormat.of().formatHex(id) + ".tmp";
        String path = directory.isEmpty() || directory.endsWith("/") ? directory + name : directory + "/" + name;
        written.add(path);
        return path;
    }

    /**
     * Sends a part of the content to the same offset of a file.
     *
     * @return how long it took, without the login
     */
    private Duration store(String path, byte[] content, int from, int to, int block) throws IOException {
        return call(session -> {
            long begin = System.nanoTime();
            try (DataConnection data = session.store(path, from)) {
                send(data, content, from, to, block);
            }
            return Duration.ofNanos(System.nanoTime() - begin);
        });
    }

    private static void send(DataConnection data, byte[] content, int from, int to, int block) throws IOException {
        for (int at = from; at < to; at += block) {
            byte[] slice = Arrays.copyOfRange(content, at, Math.min(to, at + block));
            data.write(slice, slice.length);
        }
        data.finish();
    }

    /** What came, and how long it took. */
    private static final class Fetched {
        final byte[] content;
        final Duration took;

        Fetched(byte[] content, Duration took) {
            this.content = content;
            this.took = took;
        }
    }

    private Fetched fetch(String path, int from, int block) throws IOException {
        return call(session -> {
            long begin = System.nanoTime();
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            try (DataConnection data = session.retrieve(path, from)) {
                byte[] buffer = new byte[block];
                for (int count = data.read(buffer); count >= 0; count = data.read(buffer)) {
                    all.write(buffer, 0, count);
                }
                // The content is compared.
                data.finish(true);
            }
            return new Fetched(all.toByteArray(), Duration.ofNanos(System.nanoTime() - begin));
        });
    }

    /** The first half of the file. The server has just written it: its time is the server's now. */
    private void begin(String file, byte[] content) throws IOException {
        store(file, content, 0, SMALL / 2, SMALL);
        Optional<Instant> modified = call(session -> session.modified(file));
        Instant now = Instant.now();
        if (modified.isEmpty()) {
            findings.add(Check.note("clock", "the server does not state times (MDTM)"));
            return;
        }
        Duration skew = Duration.between(now, modified.get());
        if (skew.abs().compareTo(SKEW) <= 0) {
            findings.add(Check.ok("clock", "the server's clock is this machine's, within " + SKEW.toSeconds() + " s"));
        } else {
            findings.add(Check.warn(
                    "clock",
                    "the server's clock is " + Sizes.duration(skew.abs()) + (skew.isNegative() ? " behind" : " ahead"),
                    "Whole hours mean that it states local time as UTC. Young files may then look old: stableFor, and"
                            + " verify=digest where there is one, do not depend on clocks."));
        }
    }

    private void restUp(String file, byte[] content) throws IOException {
        try {
            store(file, content, SMALL / 2, SMALL, SMALL);
        } catch (FtpException e) {
            if (e.kind() != FtpException.Kind.REFUSED && e.kind() != FtpException.Kind.REFUSED_FOR_NOW) {
                throw e;
            }
            findings.add(
                    isAppended(file, content)
                            ? Check.ok(
                                    "REST up",
                                    "REST with STOR is refused (" + e.replyCode() + "); APPE continues a file")
                            : Check.warn(
                                    "REST up",
                                    "neither REST with STOR nor APPE continues a file: " + e.getMessage(),
                                    "Cut uploads begin again at byte 0."));
            return;
        }
        findings.add(
                Arrays.equals(fetch(file, 0, SMALL).content, content)
                        ? Check.ok("REST up", "REST and STOR continue a file where it stopped")
                        : Check.warn(
                                "REST up",
                                "REST and STOR are accepted, and the file is then another",
                                "Ferry notices and begins at byte 0: cut uploads cost their whole length."));
    }

    /** Where REST is refused with STOR, APPE may do. */
    private boolean isAppended(String file, byte[] content) throws IOException {
        try {
            boolean begun = call(session -> session.size(file)).orElse(-1L) == SMALL / 2;
            return begun
                    && call(session -> {
                        try (DataConnection data = session.append(file)) {
                            send(data, content, SMALL / 2, SMALL, SMALL);
                        }
                        return true;
                    })
                    && Arrays.equals(fetch(file, 0, SMALL).content, content);
        } catch (FtpException e) {
            if (e.kind() != FtpException.Kind.REFUSED) {
                throw e;
            }
            return false;
        }
    }

    private void restDown(byte[] content) throws IOException {
        String file = name();
        store(file, content, 0, SMALL, SMALL);
        byte[] rest;
        try {
            rest = fetch(file, SMALL / 2, SMALL).content;
        } catch (FtpException e) {
            if (e.kind() != FtpException.Kind.REFUSED) {
                throw e;
            }
            findings.add(
                    Check.warn("REST down", String.valueOf(e.getMessage()), "Cut downloads begin again at byte 0."));
            return;
        }
        findings.add(
                Arrays.equals(rest, Arrays.copyOfRange(content, SMALL / 2, SMALL))
                        ? Check.ok("REST down", "REST and RETR continue a file where it stopped")
                        : Check.warn(
                                "REST down",
                                "REST is accepted, and RETR then sends something else",
                                "Ferry notices and begins at byte 0: cut downloads cost their whole length."));
    }

    private void rename() throws IOException {
        String existing = name();
        String fresh = name();
        store(existing, bytes(10), 0, 10, 10);
        byte[] content = bytes(20);
        store(fresh, content, 0, 20, 20);
        try {
            call(session -> {
                session.rename(fresh, existing);
                return true;
            });
        } catch (FtpException e) {
            if (!e.refuses("RNTO")) {
                throw e;
            }
            findings.add(Check.ok(
                    "rename",
                    "not over an existing file (" + e.replyCode() + "): Ferry sets that one aside for the moment"));
            return;
        }
        findings.add(
                Arrays.equals(fetch(existing, 0, SMALL).content, content)
                        ? Check.ok("rename", "replaces an existing file in one step")
                        : Check.warn(
                                "rename",
                                "RNTO over an existing file is accepted, and does not replace it",
                                "Let no file be replaced: fileExist=Fail."));
    }

    /** The first round is for this side and the line to get going; where it takes long already, it has to do. */
    private void throughput() throws IOException {
        byte[] content = bytes(throughput);
        String file = name();
        int usual = 256 << 10;
        Round first = round(file, content, usual);
        String sent = Sizes.bytes(content.length) + " each; ";
        if (first.took().compareTo(LONG) > 0) {
            findings.add(Check.ok(
                    "throughput",
                    sent + first.figures(usual) + "; other block sizes were left out, since this took long"));
            return;
        }
        StringJoiner figures = new StringJoiner("; ", sent, "");
        for (int block : BLOCKS) {
            figures.add(round(file, content, block).figures(block));
        }
        findings.add(Check.ok("throughput", figures.toString()));
    }

    /**
     * The same bytes sent and fetched.
     *
     * @param size how many bytes
     */
    private record Round(int size, Duration up, Duration down) {

        Duration took() {
            return up.plus(down);
        }

        String figures(int block) {
            return (block >> 10) + " KiB blocks: " + Sizes.rate(size, up) + " up, " + Sizes.rate(size, down) + " down";
        }
    }

    private Round round(String file, byte[] content, int block) throws IOException {
        Duration up = store(file, content, 0, content.length, block);
        Fetched back = fetch(file, 0, block);
        if (!Arrays.equals(back.content, content)) {
            throw new IOException(partner + ": of " + content.length + " bytes that were sent, " + back.content.length
                    + " came back, or others");
        }
        return new Round(content.length, up, back.took);
    }

    /** Whatever broke before must not keep a file there. */
    private void remove() {
        List<String> left = new ArrayList<>();
        for (String path : written) {
            try {
                call(session -> {
                    try {
                        session.delete(path);
                    } catch (FtpException e) {
                        if (session.isBroken() || session.size(path).isPresent()) {
                            throw e;
                        }
                    }
                    return true;
                });
            } catch (IOException e) {
                left.add(path + " (" + e.getMessage() + ")");
            }
        }
        findings.add(
                left.isEmpty()
                        ? Check.ok("cleaning up", "the doctor's own files are gone")
                        : Check.fail(
                                "cleaning up",
                                "could not delete " + String.join(", ", left),
                                "Delete them by hand. Without the right to delete, delete=true and move fail as well."));
    }
}
