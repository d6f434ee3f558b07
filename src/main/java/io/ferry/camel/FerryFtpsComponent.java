package io.ferry.camel;

import java.net.URI;
import java.util.Map;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.camel.component.file.remote.FtpsComponent;
import org.apache.camel.component.file.remote.FtpsConfiguration;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** The {@code ferry-ftps} component: the stock {@code ftps} component with Ferry's engine and strict TLS. */
@Component("ferry-ftps")
public class FerryFtpsComponent extends FtpsComponent {

    @Metadata(description = "Defaults of Ferry's own options for the endpoints of this component.")
    private FerryOptions ferry = new FerryOptions();

    @Override
    protected GenericFileEndpoint<FTPFile> buildFileEndpoint(
            String uri, String remaining, Map<String, Object> parameters) throws Exception {
        FerryDoor.checkStockOptions("ferry-ftps", parameters, ferry);
        FtpsConfiguration configuration = new FtpsConfiguration(new URI(getBaseUri(uri)));
        FerryDoor.applyDefaults(configuration);
        FtpUtils.ensureRelativeFtpDirectory(this, configuration);
        FerryFtpsEndpoint endpoint = new FerryFtpsEndpoint(uri, this, configuration);
        endpoint.setFerry(ferry.copy());
        extractAndSetFtpClientKeyStoreParameters(parameters, endpoint);
        extractAndSetFtpClientTrustStoreParameters(parameters, endpoint);
        extractAndSetFtpClientConfigParameters(parameters, endpoint);
        extractAndSetFtpClientParameters(parameters, endpoint);
        if (endpoint.getSslContextParameters() == null) {
            endpoint.setSslContextParameters(retrieveGlobalSslContextParameters());
        }
        return endpoint;
    }

    @Override
    protected void validateParameters(String uri, Map<String, Object> parameters, @Nullable String optionPrefix) {
        UnknownOptions.refuse(getCamelContext(), "ferry-ftps", uri, parameters);
    }

    public FerryOptions getFerry() {
        return ferry;
    }

    /** Defaults of Ferry's own options, as one object. */
    public void setFerry(FerryOptions ferry) {
        this.ferry = ferry;
    }
}
