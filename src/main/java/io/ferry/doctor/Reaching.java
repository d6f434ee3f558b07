package io.ferry.doctor;

import io.ferry.session.CertificateTrust;
import io.ferry.session.FtpException;
import io.ferry.session.Partner;
import io.ferry.session.Probe;
import io.ferry.session.Probe.TlsFacts;
import io.ferry.session.Tls;
import java.io.IOException;
import java.net.InetAddress;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * From the name to the login.
 *
 * <p>Law: a connection on which a certificate is not checked is closed after the handshake; no password ever crosses it.
 */
final class Reaching {

    private static final Duration SOON = Duration.ofDays(30);

    private final Partner partner;
    private final Probe probe;
    private final Findings findings;
    private String greeting = "";
    private boolean silent;

    Reaching(Partner partner, Probe probe, Findings findings) {
        this.partner = partner;
        this.probe = probe;
        this.findings = findings;
    }

    /** What the server greets with. */
    String greeting() {
        return greeting;
    }

    /**
     * Goes as far as the login.
     *
     * @return whether the probe is logged in
     */
    boolean run() {
        return lookUp() && connect() && secure() && logIn();
    }

    private boolean lookUp() {
        if (partner.detour().proxy() != null) {
            findings.add(Check.note("DNS", "the proxy looks up " + partner.host()));
            return true;
        }
        try {
            List<InetAddress> addresses = probe.lookUp();
            findings.add(Check.ok(
                    "DNS",
                    partner.host() + " is "
                            + addresses.stream()
                                    .map(InetAddress::getHostAddress)
                                    .collect(Collectors.joining(", "))));
            return true;
        } catch (IOException e) {
            findings.fail("DNS", e, "Check the host's name, and the name server of this machine.");
            return false;
        }
    }

    private boolean connect() {
        long begin = System.nanoTime();
        try {
            InetAddress peer = probe.connect();
            long millis = Duration.ofNanos(System.nanoTime() - begin).toMillis();
            findings.add(Check.ok(
                    "connect", peer.getHostAddress() + " port " + partner.port() + " within " + millis + " ms"));
            return true;
        } catch (IOException e) {
            findings.fail(
                    "connect",
                    e,
                    "Is the port right (21, or 990 with implicit TLS), and does a firewall let it through?");
            return false;
        }
    }

    private boolean secure() {
        Tls tls = partner.tls();
        if (tls != null) {
            versions(tls);
        }
        try {
            greeting = probe.greet().text();
        } catch (IOException e) {
            if (tls == null) {
                findings.fail(
                        "greeting",
                        e,
                        "Does it expect TLS from the first byte (ferry-ftps with implicit=true, port 990)? Otherwise ask the partner: the"
                                + " server accepts connections and does not serve them.");
            } else {
                distrusted(tls, e);
            }
            return false;
        }
        try {
            Optional<TlsFacts> agreed = probe.tls();
            if (agreed.isPresent()) {
                certificate(agreed.get().certificates().get(0), null);
            }
        } catch (IOException e) {
            findings.fail("certificate", e, "");
            return false;
        }
        return true;
    }

    private void versions(Tls tls) {
        List<String> spoken = new ArrayList<>();
        for (String version : List.of("TLSv1.3", "TLSv1.2")) {
            boolean offered = tls.protocols().isEmpty() || tls.protocols().contains(version);
            if (offered && (look(only(version, tls, tls.contexts())) != null || look(blindly(version, tls)) != null)) {
                spoken.add(version.replace("TLSv", ""));
            }
        }
        if (spoken.contains("1.3")) {
            findings.add(Check.ok("TLS", "versions " + String.join(" and ", spoken)));
        } else if (!spoken.isEmpty()) {
            findings.add(Check.warn(
                    "TLS",
                    "version 1.2 only",
                    "It is safe, but each data connection takes longer. The partner's server should offer TLS 1.3."));
        }
    }

    private static Tls only(String version, Tls tls, Tls.ContextFactory contexts) {
        return new Tls(tls.implicit(), contexts, false, List.of(version), tls.cipherSuites(), tls.protectionLevel());
    }

    private static Tls blindly(@Nullable String version, Tls tls) {
        return new Tls(
                tls.implicit(),
                Reaching::trustingAll,
                false,
                version == null ? tls.protocols() : List.of(version),
                tls.cipherSuites(),
                tls.protectionLevel());
    }

    private static SSLContext trustingAll() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {CertificateTrust.blindly()}, null);
        return context;
    }

    /** What a connection with these settings shows, which ends before any login; null where TLS does not come about. */
    private @Nullable TlsFacts look(Tls tls) {
        if (silent) {
            return null;
        }
        try (Probe looking = new Probe(with(tls))) {
            looking.connect();
            looking.greet();
            return looking.tls().orElse(null);
        } catch (IOException e) {
            // One that says nothing is not waited for again and again.
            silent = e instanceof FtpException ftp && ftp.kind() == FtpException.Kind.TIMED_OUT;
            return null;
        }
    }

    private Partner with(Tls tls) {
        return new Partner(
                partner.host(),
                partner.port(),
                partner.user(),
                "",
                null,
                tls,
                partner.timeouts(),
                partner.passive(),
                partner.activePorts(),
                partner.encoding(),
                List.of(),
                partner.listing(),
                1,
                partner.detour(),
                false);
    }

    /** TLS failed: the certificate is looked at all the same, so that it can be said what is wrong with it. */
    private void distrusted(Tls tls, IOException failure) {
        TlsFacts shown = look(blindly(null, tls));
        if (shown == null) {
            findings.fail(
                    "TLS",
                    failure,
                    "TLS does not come about at all. Does the server expect implicit TLS (implicit=true, port 990), or none, or"
                            + " a certificate of this side (ftpClient.keyStore.*)?");
        } else {
            certificate(shown.certificates().get(0), failure);
        }
    }

    private void certificate(X509Certificate certificate, @Nullable IOException failure) {
        Instant end = certificate.getNotAfter().toInstant();
        Instant now = Instant.now();
        boolean expired = end.isBefore(now);
        String shown = printable(certificate.getSubjectX500Principal().getName()) + ", issued by "
                + printable(certificate.getIssuerX500Principal().getName()) + ", valid until "
                + LocalDate.ofInstant(end, ZoneOffset.UTC) + ", for "
                + names(certificate);
        if (failure != null) {
            findings.fail(
                    "certificate",
                    new IOException(shown + ". " + failure.getMessage(), failure),
                    expired
                            ? "It has expired: the partner has to renew it. No password was sent."
                            : "No password was sent. Once the partner has confirmed this fingerprint on another way, trust it: "
                                    + "certificatePin=" + CertificateTrust.fingerprint(certificate));
        } else if (expired || end.isBefore(now.plus(SOON))) {
            findings.add(Check.warn(
                    "certificate",
                    shown + (expired ? "; it has expired, and is trusted by its pin" : "; that is soon"),
                    "Ask the partner when it will be renewed; a pin names the old one."));
        } else {
            findings.add(Check.ok("certificate", shown));
        }
    }

    /** Whoever is on the line decides what a certificate says. */
    private static String printable(String text) {
        String fit = text.replaceAll("\\p{Cntrl}", "?");
        return fit.length() > 120 ? fit.substring(0, 120) + "…" : fit;
    }

    private static String names(X509Certificate certificate) {
        try {
            var alternatives = certificate.getSubjectAlternativeNames();
            if (alternatives == null || alternatives.isEmpty()) {
                return "no host by name";
            }
            return printable(alternatives.stream()
                    .map(each -> String.valueOf(each.get(1)))
                    .collect(Collectors.joining(", ")));
        } catch (CertificateParsingException e) {
            return "names that cannot be read";
        }
    }

    private boolean logIn() {
        try {
            probe.logIn();
            findings.add(Check.ok("login", "as " + partner.user()));
            return true;
        } catch (IOException e) {
            findings.fail(
                    "login", e, "Check user and password; some servers refuse further sessions in the same words.");
            return false;
        }
    }
}
