package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.ferry.session.FtpException;
import io.ferry.session.Lease;
import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.session.Tls;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.Proftpd;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Downloads that are deflated on the line (MODE Z). */
class CompressedDownloadTest extends DownloadFixture {

    private static final TransferOptions COMPRESSED =
            options(3, Verify.SIZE, true).segmented(4, 512 << 10).compressed(true);

    private static byte[] text(int records, long seed) {
        Random random = new Random(seed);
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < records; i++) {
            lines.append("<order><id>").append(random.nextInt()).append("</id><status>OPEN</status>");
            lines.append("<amount currency=\"EUR\">")
                    .append(random.nextInt(9_999))
                    .append("</amount></order>\n");
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] deflated(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private TestServer deflating(String name) {
        return on(name.equals("ProFTPD") ? Proftpd.start(Proftpd.plain().deflating()) : ApacheFtp.start());
    }

    private byte[] put(String name, int records, long seed) throws IOException {
        byte[] content = text(records, seed);
        TransferContract.aged(Files.write(server.root().resolve(name), content));
        return content;
    }

    private byte[] downloaded(String name) throws IOException {
        Download download = download(name, COMPRESSED);
        download.run();
        return Files.readAllBytes(download.file());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ProFTPD", "Apache"})
    void textNeedsAPartOfTheLine(String name) throws Exception {
        deflating(name);
        byte[] content = put("text.xml", 50_000, 1);
        assertThat(downloaded("text.xml")).isEqualTo(content);
        assertThat(proxy.bytesDown()).isBetween(1L, content.length / 3L);
        assertThat(sent("RETR")).hasSize(1);
    }

    /** A session is in the mode that each data connection needs, and is told so only where it is not. */
    @ParameterizedTest
    @ValueSource(strings = {"ProFTPD", "Apache"})
    void listingsAndUploadsCrossAsTheyAre(String name) throws Exception {
        deflating(name);
        byte[] first = put("1.xml", 2_000, 1);
        byte[] second = put("2.xml", 2_000, 2);
        byte[] third = put("3.xml", 2_000, 3);
        TransferContract.aged(Files.write(server.root().resolve("empty"), new byte[0]));
        assertThat(downloaded("1.xml")).isEqualTo(first);
        assertThat(downloaded("2.xml")).isEqualTo(second);
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().names("", each -> true)).contains("1.xml", "2.xml");
        }
        assertThat(downloaded("3.xml")).isEqualTo(third);
        try (Lease lease = pool.lease();
                var data = lease.session().store("up.xml", 0)) {
            data.write(first, first.length);
            data.finish();
        }
        assertThat(server.root().resolve("up.xml")).hasBinaryContent(first);
        assertThat(downloaded("empty")).isEmpty();
        assertThat(sent("MODE")).containsExactly("MODE Z", "MODE S", "MODE Z", "MODE S");
    }

    @ParameterizedTest
    @CsvSource({"ProFTPD, FIN", "ProFTPD, RST", "ProFTPD, SILENT", "Apache, FIN", "Apache, SILENT"})
    void aCutIsContinuedWithTheBytesAsTheyAre(String name, Cut cut) throws Exception {
        deflating(name);
        byte[] content = put("text.xml", 50_000, 3);
        proxy.cutDataAfter(300_000, Direction.DOWN, cut);
        assertThat(downloaded("text.xml")).isEqualTo(content);
        assertThat(recorder.resumes()).isEqualTo(1);
        assertThat(recorder.results.get(0).saved()).isGreaterThan(MB);
        assertThat(sent("MODE")).containsExactly("MODE Z");
        assertThat(sent("REST")).hasSize(1);
    }

    @Test
    void aServerWithoutItSendsTheFileAsItIs() throws Exception {
        Logger log = (Logger) LoggerFactory.getLogger("io.ferry.session.TransferMode");
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        said.start();
        log.setLevel(Level.INFO);
        log.addAppender(said);
        try {
            on(Vsftpd.start());
            byte[] content = put("text.xml", 5_000, 4);
            byte[] other = put("other.xml", 5_000, 5);
            assertThat(downloaded("text.xml")).isEqualTo(content);
            assertThat(downloaded("other.xml")).isEqualTo(other);
            assertThat(sent("MODE")).isEmpty();
        } finally {
            log.detachAppender(said);
            log.setLevel(null);
        }
        assertThat(said.list)
                .singleElement()
                .extracting(ILoggingEvent::getFormattedMessage)
                .asString()
                .contains("compress=true has no effect here", pool.partner().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"ProFTPD", "Apache"})
    void underTlsToo(String name) throws Exception {
        server = name.equals("ProFTPD")
                ? Proftpd.start(Proftpd.secured().deflating().behindProxy())
                : ApacheFtp.start(ApacheFtp.secured().behindProxy());
        proxy = FaultProxy.before(server);
        TestServer.Tls trust = server.tls();
        Tls tls = new Tls(
                false,
                () -> VsftpdTlsTransferTest.trusting(trust),
                true,
                List.of("TLSv1.3", "TLSv1.2"),
                List.of(),
                "P");
        pool = new SessionPool(new Partner(
                "127.0.0.1",
                proxy.port(),
                server.user(),
                server.password(),
                null,
                tls,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                2));
        byte[] content = put("1.xml", 20_000, 5);
        assertThat(downloaded("1.xml")).isEqualTo(content);
        assertThat(proxy.bytesDown()).isBetween(1L, content.length / 2L);
        byte[] next = put("2.xml", 2_000, 6);
        assertThat(downloaded("2.xml")).isEqualTo(next);
        assertThat(recorder.events).noneMatch(each -> each.startsWith("interrupted"));
    }

    private ScriptedServer scripted(byte[] content) {
        ScriptedServer scripted = on(ScriptedServer.start());
        scripted.features("SIZE", "MDTM", "REST STREAM", "EPSV", "MODE Z");
        scripted.put("/file", content);
        return scripted;
    }

    /** Once; afterwards the file as it is, which is what is asked for then. */
    private static ScriptedServer.Handler sending(byte[] stream) {
        boolean[] sent = {false};
        return (session, argument) -> {
            if (sent[0]) {
                return session.standard("RETR", argument);
            }
            sent[0] = true;
            session.reply("150 Here it comes.");
            session.sendData(stream);
            return "226 Transfer complete.";
        };
    }

    @Test
    void aRefusalIsFinal() throws Exception {
        byte[] content = text(1_000, 7);
        scripted(content).on("MODE", "504 Not now.");
        assertThat(downloaded("file")).isEqualTo(content);
        scriptedServer().put("/other", content);
        assertThat(downloaded("other")).isEqualTo(content);
        assertThat(sent("MODE")).containsExactly("MODE Z");
    }

    private ScriptedServer scriptedServer() {
        return (ScriptedServer) server;
    }

    /** The server confirms it, but its stream has not come to its end: what has come of it is true. */
    @Test
    void aStreamThatEndsEarlyIsNoEndOfTheFile() throws Exception {
        byte[] content = text(20_000, 8);
        byte[] stream = deflated(content);
        scripted(content).on("RETR", sending(Arrays.copyOf(stream, stream.length / 2)));
        Download download = download("file", options(1, Verify.SIZE, true).compressed(true));
        assertThatThrownBy(download::run)
                .isInstanceOf(TransferException.class)
                .hasMessageContaining("end in their middle");
        byte[] partial = Files.readAllBytes(only(SUFFIX));
        assertThat(partial.length).isGreaterThan(100_000);
        assertThat(content).startsWith(partial);
    }

    /** Even its last bytes, which are those of the checksum alone. */
    @Test
    void aStreamWithoutItsChecksumIsNoEndOfTheFile() throws Exception {
        byte[] content = text(2_000, 9);
        byte[] stream = deflated(content);
        scripted(content).on("RETR", sending(Arrays.copyOf(stream, stream.length - 1)));
        Download download = download("file", options(1, Verify.SIZE, true).compressed(true));
        assertThatThrownBy(download::run).hasMessageContaining("end in their middle");
    }

    /** The checksum tells last: all that came before it may be wrong, and the file is asked for as it is. */
    @ParameterizedTest
    @ValueSource(strings = {"wrong content", "garbage", "more"})
    void damagedDataAreNotKept(String what) throws Exception {
        byte[] content = text(20_000, 10);
        byte[] stream = deflated(content);
        byte[] sent = switch (what) {
            case "wrong content" -> {
                byte[] other = content.clone();
                other[100_000] ^= 1;
                byte[] mixed = deflated(other);
                System.arraycopy(stream, stream.length - 4, mixed, mixed.length - 4, 4);
                yield mixed;
            }
            case "garbage" -> content;
            default -> Arrays.copyOf(stream, stream.length + 5);
        };
        scripted(content).on("RETR", sending(sent));
        Download download = download("file", options(1, Verify.NONE, true).compressed(true));
        download.run();
        assertThat(download.file()).hasBinaryContent(content);
        assertThat(recorder.events).anyMatch(each -> each.startsWith("restarted:") && each.contains("are damaged"));
        assertThat(sent("MODE")).containsExactly("MODE Z");
        assertThat(sent("REST")).isEmpty();
    }

    /** A server that damages one stream damages others: they are not asked for, one after the other, only to be dropped. */
    @Test
    void afterDamageNothingIsAskedForDeflated() throws Exception {
        byte[] content = text(2_000, 13);
        scripted(content).on("RETR", sending(content));
        scriptedServer().put("/other", content);
        assertThat(downloaded("file")).isEqualTo(content);
        assertThat(downloaded("other")).isEqualTo(content);
        assertThat(sent("MODE")).containsExactly("MODE Z");
    }

    /** Such as that of a server which never ends its stream: nothing may ever be received of it, plainly it is. */
    @Test
    void anAttemptThatFailedIsFollowedByOneForTheBytesAsTheyAre() throws Exception {
        byte[] content = text(2_000, 14);
        scripted(content).on("RETR", sending(Arrays.copyOf(deflated(content), 2)));
        Download download = download("file", options(2, Verify.SIZE, true).compressed(true));
        download.run();
        assertThat(download.file()).hasBinaryContent(content);
        assertThat(sent("MODE")).containsExactly("MODE Z");
    }

    @Test
    void aFileThatIsRefusedDeflatedIsAskedForAsItIs() throws Exception {
        byte[] content = text(2_000, 15);
        boolean[] refused = {false};
        scripted(content).on("RETR", (session, argument) -> {
            if (refused[0]) {
                return session.standard("RETR", argument);
            }
            refused[0] = true;
            return "504 Not in this mode.";
        });
        Download download = download("file", options(1, Verify.SIZE, true).compressed(true));
        download.run();
        assertThat(download.file()).hasBinaryContent(content);
    }

    @Test
    void superfluousIsARefusal() throws Exception {
        byte[] content = text(1_000, 16);
        scripted(content).on("MODE", "202 Superfluous.");
        assertThat(downloaded("file")).isEqualTo(content);
        assertThat(recorder.events).noneMatch(each -> each.startsWith("restarted:"));
    }

    @Test
    void aSessionThatDoesNotComeBackToBytesIsNotUsedAgain() throws Exception {
        byte[] content = text(1_000, 17);
        scripted(content)
                .on("RETR", sending(deflated(content)))
                .on("MODE", (session, argument) -> argument.equals("Z") ? "200 Z." : "504 No.");
        assertThat(downloaded("file")).isEqualTo(content);
        try (Lease lease = pool.lease()) {
            assertThatThrownBy(() -> lease.session().names("", each -> true))
                    .isInstanceOf(FtpException.class)
                    .hasMessageContaining("MODE S answered: 504 No.");
        }
        try (Lease lease = pool.lease()) {
            assertThat(lease.session().names("", each -> true)).contains("file");
        }
    }

    @Test
    void moreThanTheServerStatesIsRefused() throws Exception {
        byte[] content = text(1_000, 12);
        scripted(content).on("RETR", sending(deflated(new byte[20 << 20])));
        Download download = download("file", options(1, Verify.SIZE, true).compressed(true));
        assertThatThrownBy(download::run).hasMessageContaining("more than the " + content.length + " bytes");
        assertThat(files(SUFFIX)).isEmpty();
    }
}
