package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.TestServer;
import io.ferry.testkit.Vsftpd;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Certificates that are refused, and trusted. */
class CertificatesTest extends CliFixture {

    private static final Pattern FINGERPRINT = Pattern.compile("SHA-256 ([0-9A-F:]{95})");

    @Test
    void aCertificateOfAnUnknownAuthorityIsRefusedUntilItsFingerprintIsTrusted() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        write(server, "a.txt", "hello");

        Ran refused = run(server, "get", securedUrl(server, "a.txt"), local("a.txt"));
        refused.ended(ExitCode.TLS).saying("SHA-256");
        assertThat(server.log()).doesNotContain("USER");

        Matcher seen = FINGERPRINT.matcher(refused.err());
        assertThat(seen.find()).isTrue();
        run(server, "get", "--pin", seen.group(1), securedUrl(server, "a.txt"), local("a.txt"))
                .ended(ExitCode.OK);
        assertThat(folder.resolve("a.txt")).hasContent("hello");
    }

    @Test
    void withoutAnyCheckItIsSaidThatAnyoneMayReadAlong() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.secured()));
        Ran ran = run(server, "ls", "--certificate-check", "none", securedUrl(server, ""));
        ran.ended(ExitCode.OK).saying("no certificate is checked");
    }

    @Test
    void implicitTlsIsAskedFor() throws Exception {
        TestServer server = keep(Vsftpd.start(Vsftpd.implicit()));
        write(server, "a.txt", "hello");
        run(server, "ls", "--implicit", "--certificate-check", "none", securedUrl(server, ""))
                .ended(ExitCode.OK);
    }
}
