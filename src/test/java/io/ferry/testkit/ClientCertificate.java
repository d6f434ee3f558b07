package io.ferry.testkit;

import java.nio.file.Path;

/** A client's key and certificate, issued by the authority of the test's servers. Nobody closes it. */
public final class ClientCertificate {
    private ClientCertificate() {}

    /** A PKCS12 file with the key. */
    public static Path keystore() {
        return issued().keystore();
    }

    /** The password of the file and of the key in it. */
    public static String password() {
        return issued().password();
    }

    private static Certs.Issued issued() {
        return Certs.issue("dns:client.example", false);
    }
}
