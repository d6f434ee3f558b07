package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.PureFtpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the servers of the contract really do, and what Ferry does there: measured here, and the README must say the same. */
class ServerTableTest {

    private static final Path README = Path.of("README.md");
    private static final int MB = 1 << 20;
    private static final int OLD = 1000;
    private static final int NEW = 100;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    Path local;

    private TestServer server;

    @Test
    void readmeTellsWhatIsMeasured() throws Exception {
        Map<String, Supplier<TestServer>> servers = new LinkedHashMap<>();
        servers.put("scripted", ScriptedServer::onDirectory);
        servers.put("FakeFtpServer", FakeFtp::start);
        servers.put("Apache FtpServer", ApacheFtp::start);
        servers.put("vsftpd", Vsftpd::start);
        servers.put("ProFTPD", Proftpd::start);
        servers.put("Pure-FTPd", PureFtpd::start);
        Map<String, StringBuilder> rows = new LinkedHashMap<>();
        for (Supplier<TestServer> start : servers.values()) {
            Leaks leaks = Leaks.snapshot();
            server = start.get();
            try {
                for (Row row : Row.values()) {
                    rows.computeIfAbsent(row.title, title -> new StringBuilder("| " + title + " |"))
                            .append(' ')
                            .append(row.measure.of(this))
                            .append(" |");
                }
            } finally {
                server.close();
            }
            if (server instanceof FakeFtp) {
                FakeFtp.assertNoLeaksSince(leaks);
            } else {
                Leaks.assertNoneSince(leaks);
            }
        }
        String table = "| | " + String.join(" | ", servers.keySet()) + " |\n" + "|---".repeat(servers.size() + 1)
                + "|\n" + String.join("\n", rows.values());
        assertThat(Files.readString(README))
                .as("README.md must hold this table, as it stands:\n" + table)
                .contains(table);
    }

    @FunctionalInterface
    private interface Measure {
        String of(ServerTableTest test) throws Exception;
    }

    private enum Row {
        FEATURES("facts offered by FEAT", ServerTableTest::features),
        DIGEST("digest", ServerTableTest::digest),
        TIME("sets modification times with", ServerTableTest::time),
        FIN("STOR, data end half-way (FIN)", test -> test.brokenStore(false)),
        RST("STOR, data reset half-way", test -> test.brokenStore(true)),
        RETR("REST n, RETR", ServerTableTest::retrieve),
        BEYOND("REST beyond the end, RETR", ServerTableTest::retrieveBeyond),
        STOR("REST n < size, STOR", test -> test.store("STOR", OLD / 2)),
        HOLE("REST n > size, STOR", test -> test.store("STOR", 2 * OLD)),
        APPE("APPE", test -> test.store("APPE", 0)),
        REST_APPE("REST n < size, APPE", test -> test.store("APPE", OLD / 2)),
        RNTO("RNTO over a file", ServerTableTest::rename),
        DOWN("**Ferry:** download, line cut", ServerTableTest::ferryDownload),
        UP("**Ferry:** upload, line cut", ServerTableTest::ferryUpload),
        REPLACE("**Ferry:** upload over a file", ServerTableTest::ferryReplace);

        final String title;
        final Measure measure;

        Row(String title, Measure measure) {
            this.title = title;
            this.measure = measure;
        }
    }

    private String features() throws IOException {
        try (Raw raw = new Raw()) {
            String feat = raw.ask("FEAT").toUpperCase(Locale.ROOT);
            if (!feat.startsWith("211")) {
                return "none (" + feat.substring(0, 3) + ")";
            }
            List<String> offered = Stream.of("SIZE", "MDTM", "REST STREAM", "EPSV", "MLST", "MFMT")
                    .filter(each -> feat.contains("\n " + each))
                    .map(each -> each.equals("MLST") && feat.contains("UNIQUE") ? "MLST with unique" : each)
                    .toList();
            return String.join(", ", offered);
        }
    }

    private String digest() throws IOException {
        try (Raw raw = new Raw()) {
            String feat = "\n" + raw.ask("FEAT").toUpperCase(Locale.ROOT);
            String offered = Stream.of("HASH", "XSHA512", "XSHA256", "XSHA1", "XMD5", "MD5")
                    .filter(each -> feat.contains("\n " + each + "\n") || feat.contains("\n " + each + " "))
                    .collect(Collectors.joining(", "));
            return offered.isEmpty() ? "none" : offered;
        }
    }

    private String time() throws IOException {
        try (Raw raw = new Raw()) {
            raw.store("STOR", "times", new byte[1], 0);
            Path file = server.root().resolve("times");
            for (String verb : List.of("MFMT", "MDTM")) {
                raw.ask(verb + " 20200102030405 times");
                if (Files.getLastModifiedTime(file).toInstant().toString().equals("2020-01-02T03:04:05Z")) {
                    return verb.equals("MDTM") ? "MDTM and two arguments" : verb;
                }
            }
            return "nothing";
        }
    }

    private String brokenStore(boolean reset) throws Exception {
        Path file = server.root().resolve(reset ? "reset" : "ended");
        String reply;
        try (Raw raw = new Raw()) {
            Socket data = raw.open("STOR " + file.getFileName(), 0);
            data.getOutputStream().write(new byte[MB]);
            data.getOutputStream().flush();
            if (reset) {
                // What a server has not taken in is lost with a reset. The fake takes all in before it writes.
                if (!(server instanceof FakeFtp)) {
                    Await.until("some bytes", LIMIT, () -> file.toFile().length() > 0);
                }
                data.setSoLinger(true, 0);
            }
            data.close();
            reply = raw.reply();
        } catch (IOException e) {
            reply = "";
        }
        String code = reply.isEmpty() ? "control connection closed" : reply.substring(0, 3);
        return code + ", partial " + (file.toFile().length() > 0 ? "kept" : "lost");
    }

    private String retrieve() throws IOException {
        put("old", OLD, 1);
        try (Raw raw = new Raw()) {
            byte[] received = raw.retrieve("old", NEW);
            if (Arrays.equals(received, Content.bytes(NEW, OLD - NEW, 1))) {
                return "from byte n";
            }
            return received.length == OLD ? "**whole file**" : "**" + received.length + " bytes**";
        }
    }

    private String retrieveBeyond() throws IOException {
        put("old", OLD, 1);
        try (Raw raw = new Raw()) {
            int length = raw.retrieve("old", 2 * OLD).length;
            String code = raw.last.substring(0, 3);
            return length == OLD
                    ? code + ", **whole file**"
                    : code + (code.equals("226") ? ", " + length + " bytes" : "");
        }
    }

    /** Stores NEW bytes at an offset in, or at the end of, a file of OLD bytes, and tells what became of it. */
    private String store(String verb, int rest) throws IOException {
        Path file = put("old", OLD, 1);
        try (Raw raw = new Raw()) {
            raw.store(verb, "old", Content.bytes(NEW, 2), rest);
            String code = raw.last.substring(0, 3);
            byte[] now = Files.readAllBytes(file);
            if (!code.equals("226")) {
                return "refused (" + code + ")";
            } else if (Arrays.equals(now, Content.bytes(NEW, 2))) {
                return "**file replaced**";
            } else if (!Arrays.equals(
                    Arrays.copyOf(now, Math.min(rest == 0 ? OLD : rest, OLD)),
                    Content.bytes(Math.min(rest == 0 ? OLD : rest, OLD), 1))) {
                return "**old bytes changed**";
            } else if (now.length == OLD + NEW) {
                return "appended";
            } else if (now.length == OLD) {
                return "written at n, tail kept";
            }
            return now.length > OLD + NEW ? "**hole of zeros**" : "written at n, tail cut";
        }
    }

    private String rename() throws IOException {
        Path target = put("old", OLD, 1);
        put("other", NEW, 2);
        try (Raw raw = new Raw()) {
            raw.ask("RNFR other");
            raw.ask("RNTO old");
            return Files.size(target) == NEW ? "replaces it" : "refused (" + raw.last.substring(0, 3) + ")";
        }
    }

    private String ferryDownload() throws Exception {
        TransferContract.aged(put("down", 4 * MB, 3));
        Recorder recorder = new Recorder();
        try (FaultProxy proxy = FaultProxy.before(server);
                SessionPool pool = pool(proxy)) {
            proxy.cutDataAfter(2 * MB, Direction.DOWN, Cut.FIN).containing("RETR");
            Download download = new Download(
                    pool,
                    "down",
                    LocalTarget.inWorkDirectory(local.resolve(server.name()), "down", ".part"),
                    TransferContract.OPTIONS,
                    recorder,
                    () -> false);
            download.run();
            Content.assertIs(download.file(), 4 * MB, 3);
            return recorder.resumes() == 1 ? "resumes" : "begins again at zero";
        }
    }

    private String ferryUpload() throws Exception {
        Path file = TransferContract.aged(Content.write(local.resolve("up"), 4 * MB, 4));
        Recorder recorder = new Recorder();
        try (FaultProxy proxy = FaultProxy.before(server);
                SessionPool pool = pool(proxy)) {
            proxy.cutDataAfter(2 * MB, Direction.UP, Cut.FIN).containing("STOR");
            upload(pool, file, recorder);
            Content.assertIs(server.root().resolve("target"), 4 * MB, 4);
            if (recorder.resumes() != 1) {
                return "begins again at zero";
            }
            return "resumes with "
                    + (proxy.commands().stream().anyMatch(each -> each.startsWith("APPE")) ? "APPE" : "REST, STOR");
        }
    }

    private String ferryReplace() throws Exception {
        put("target", OLD, 1);
        Path file = TransferContract.aged(Content.write(local.resolve("up"), NEW, 5));
        try (FaultProxy proxy = FaultProxy.before(server);
                SessionPool pool = pool(proxy)) {
            upload(pool, file, new Recorder());
            Content.assertIs(server.root().resolve("target"), NEW, 5);
            assertThat(proxy.commands()).noneMatch(each -> each.matches("DELE (.*/)?target"));
            return proxy.commands().stream().anyMatch(each -> each.startsWith("DELE"))
                    ? "sets it aside, then renames"
                    : "renames over it";
        }
    }

    private static void upload(SessionPool pool, Path file, Recorder recorder) throws IOException {
        new Upload(
                        pool,
                        LocalSource.of(file),
                        RemoteTarget.replacing("target"),
                        TransferContract.OPTIONS,
                        recorder,
                        () -> false)
                .run();
    }

    private SessionPool pool(FaultProxy proxy) {
        return new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                null,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2));
    }

    private Path put(String name, int size, long seed) {
        Path file = Content.write(server.root().resolve(name), size, seed);
        file.toFile().setWritable(true, false);
        return file;
    }

    /** A session of single commands, logged in, in TYPE I. */
    private final class Raw implements Closeable {
        private static final Pattern PASSIVE = Pattern.compile(",(\\d+),(\\d+)\\)");
        private final Socket control = new Socket(server.host(), server.port());
        private final BufferedReader in =
                new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8));
        private String last = "";

        Raw() throws IOException {
            control.setSoTimeout(20_000);
            reply();
            ask("USER " + server.user());
            ask("PASS " + server.password());
            ask("TYPE I");
        }

        String ask(String command) throws IOException {
            control.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
            return reply();
        }

        String reply() throws IOException {
            StringBuilder text = new StringBuilder();
            String line;
            do {
                line = in.readLine();
                if (line == null) {
                    throw new IOException("control connection closed");
                }
                text.append(line).append('\n');
            } while (!line.matches("\\d{3} .*") || !line.startsWith(text.substring(0, 3)));
            last = text.toString();
            return last;
        }

        /** The data connection of a transfer that has begun, or null where it was refused. */
        Socket open(String command, long rest) throws IOException {
            Matcher passive = PASSIVE.matcher(ask("PASV"));
            assertThat(passive.find()).as(last).isTrue();
            int port = 256 * Integer.parseInt(passive.group(1)) + Integer.parseInt(passive.group(2));
            if (rest > 0) {
                ask("REST " + rest); // some servers forget it unless it comes last
            }
            Socket data = new Socket(server.host(), port);
            if (ask(command).startsWith("1")) {
                return data;
            }
            data.close();
            return null;
        }

        byte[] retrieve(String name, long rest) throws IOException {
            try (Socket data = open("RETR " + name, rest)) {
                if (data == null) {
                    return new byte[0];
                }
                byte[] received = data.getInputStream().readAllBytes();
                data.close(); // ProFTPD waits for this before it replies
                reply();
                return received;
            }
        }

        void store(String verb, String name, byte[] content, long rest) throws IOException {
            try (Socket data = open(verb + " " + name, rest)) {
                if (data != null) {
                    data.getOutputStream().write(content);
                    data.close();
                    reply();
                }
            }
        }

        @Override
        public void close() throws IOException {
            control.close();
        }
    }
}
