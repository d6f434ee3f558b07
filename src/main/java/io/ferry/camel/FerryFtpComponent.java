package io.ferry.camel;

import java.net.URI;
import java.util.Map;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.remote.FtpComponent;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpUtils;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/** The {@code ferry-ftp} component: the stock {@code ftp} component with Ferry's engine. */
@Component("ferry-ftp")
public class FerryFtpComponent extends FtpComponent {

    @Metadata(description = "Defaults of Ferry's own options for the endpoints of this component.")
    private FerryOptions ferry = new FerryOptions();

    @Override
    protected GenericFileEndpoint<FTPFile> buildFileEndpoint(
            String uri, String remaining, Map<String, Object> parameters) throws Exception {
        FerryDoor.checkStockOptions("ferry-ftp", parameters, ferry);
        FtpConfiguration configuration = new FtpConfiguration(new URI(getBaseUri(uri)));
        FerryDoor.applyDefaults(configuration);
        FtpUtils.ensureRelativeFtpDirectory(this, configuration);
        FerryFtpEndpoint endpoint = new FerryFtpEndpoint(uri, this, configuration);
        endpoint.setFerry(ferry.copy());
        extractAndSetFtpClientConfigParameters(parameters, endpoint);
        extractAndSetFtpClientParameters(parameters, endpoint);
        return endpoint;
    }

    @Override
    protected void validateParameters(String uri, Map<String, Object> parameters, @Nullable String optionPrefix) {
        UnknownOptions.refuse(getCamelContext(), "ferry-ftp", uri, parameters);
    }

    public FerryOptions getFerry() {
        return ferry;
    }

    /** Defaults of Ferry's own options, as one object. */
    public void setFerry(FerryOptions ferry) {
        this.ferry = ferry;
    }
}
