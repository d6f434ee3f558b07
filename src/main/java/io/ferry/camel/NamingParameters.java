package io.ferry.camel;

import io.ferry.session.CertificateTrust;
import java.beans.IntrospectionException;
import java.beans.Introspector;
import java.beans.PropertyDescriptor;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.apache.camel.support.jsse.SSLContextParameters;
import org.apache.camel.support.jsse.TrustManagersParameters;
import org.jspecify.annotations.Nullable;

/** The user's own TLS parameters, with trust managers that say which certificate they refuse. */
final class NamingParameters {

    private NamingParameters() {}

    /**
     * A copy of the parameters, which stay as they are: others may use them too.
     *
     * @param given the user's; a class derived from Camel's may do what it likes, and is used itself
     */
    static SSLContextParameters of(SSLContextParameters given) {
        if (given.getClass() != SSLContextParameters.class) {
            return given;
        }
        SSLContextParameters copy = new SSLContextParameters();
        try {
            // All of them, whatever the version of Camel: one that is left out may be the one that protects.
            for (PropertyDescriptor property : Introspector.getBeanInfo(SSLContextParameters.class, Object.class)
                    .getPropertyDescriptors()) {
                if (property.getReadMethod() != null && property.getWriteMethod() != null) {
                    property.getWriteMethod()
                            .invoke(copy, property.getReadMethod().invoke(given));
                }
            }
        } catch (IntrospectionException | ReflectiveOperationException e) {
            throw new IllegalStateException("Camel's SSLContextParameters cannot be copied", e);
        }
        copy.setTrustManagers(new Naming(given.getTrustManagers()));
        return copy;
    }

    /** The trust managers of other parameters, or the JDK's where there are none. */
    private static final class Naming extends TrustManagersParameters {
        private final @Nullable TrustManagersParameters given;

        Naming(@Nullable TrustManagersParameters given) {
            this.given = given;
            if (given != null) {
                // Camel tells it the context.
                setKeyStore(given.getKeyStore());
            }
        }

        @Override
        public TrustManager[] createTrustManagers() throws GeneralSecurityException, IOException {
            TrustManager[] managers = null;
            if (given != null) {
                given.setCamelContext(getCamelContext());
                managers = given.createTrustManagers();
            }
            return managers == null
                    ? new TrustManager[] {CertificateTrust.byChain(TrustManagerFactory.getDefaultAlgorithm(), null)}
                    : Arrays.stream(managers).map(CertificateTrust::naming).toArray(TrustManager[]::new);
        }
    }
}
