package io.ferry.camel;

import org.apache.camel.Category;
import org.apache.camel.Processor;
import org.apache.camel.component.file.GenericFileProducer;
import org.apache.camel.component.file.remote.FtpConfiguration;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.RemoteFileComponent;
import org.apache.camel.component.file.remote.RemoteFileConsumer;
import org.apache.camel.component.file.remote.RemoteFileOperations;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * Moves files from and to FTP servers: resumed after a cut, verified, published whole.
 */
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "ferry-ftp",
        extendsScheme = "file",
        title = "Ferry FTP",
        syntax = "ferry-ftp:host:port/directoryName",
        alternativeSyntax = "ferry-ftp:username:password@host:port/directoryName",
        category = {Category.FILE},
        headersClass = FerryHeaders.class)
public class FerryFtpEndpoint extends FtpEndpoint<FTPFile> {

    private final FerryDoor door = new FerryDoor(this, this::createDoneFileName);

    @UriParam
    private FerryOptions ferry = door.options();

    // The stock constructor calls the setter before this is set to false.
    private boolean askedToBeSynchronous = false;

    /** For the bean style of configuration. */
    public FerryFtpEndpoint() {}

    /** Made by the component, with its defaults applied to the configuration. */
    public FerryFtpEndpoint(String uri, RemoteFileComponent<FTPFile> component, FtpConfiguration configuration) {
        super(uri, component, configuration);
    }

    @Override
    public String getScheme() {
        return "ferry-ftp";
    }

    /** Without passwords: Camel makes thread names, exchange properties and JMX names of it. */
    @Override
    public String getEndpointUri() {
        return ShownUri.of(super.getEndpointUri());
    }

    /** Endpoints whose URIs differ in a password only are not the same, though they look so. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof FerryFtpEndpoint that
                && getCamelContext() == that.getCamelContext()
                && wholeUri().equals(that.wholeUri());
    }

    @Override
    public int hashCode() {
        return wholeUri().hashCode();
    }

    private String wholeUri() {
        return super.getEndpointUri();
    }

    public FerryOptions getFerry() {
        return ferry;
    }

    /** Ferry's own options, as one object. */
    public void setFerry(FerryOptions ferry) {
        this.ferry = ferry;
        door.options(ferry);
    }

    /** What both schemes share. */
    FerryDoor door() {
        return door;
    }

    /**
     * The stock constructor says that endpoints are synchronous, because its consumer and producer share one client. Ferry's
     * consumer holds to that; its producer only where the user says so.
     */
    @Override
    public void setSynchronous(boolean synchronous) {
        super.setSynchronous(synchronous);
        askedToBeSynchronous = synchronous;
    }

    /** Another name for workDirectory. */
    @Override
    public void setLocalWorkDirectory(String localWorkDirectory) {
        super.setLocalWorkDirectory(localWorkDirectory);
        ferry.setWorkDirectory(localWorkDirectory);
    }

    /** One producer serves all threads: each transfer leases a session. */
    @Override
    public boolean isSingletonProducer() {
        return true;
    }

    @Override
    public RemoteFileConsumer<FTPFile> createConsumer(Processor processor) throws Exception {
        door.prepareConsumer();
        return super.createConsumer(processor);
    }

    @Override
    protected RemoteFileConsumer<FTPFile> buildConsumer(Processor processor) {
        return door.consumer(processor, processStrategy != null ? processStrategy : createGenericFileStrategy());
    }

    @Override
    protected GenericFileProducer<FTPFile> buildProducer() {
        return door.producer(askedToBeSynchronous);
    }

    @Override
    public RemoteFileOperations<FTPFile> createRemoteFileOperations() {
        return door.operations();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        door.stop();
    }
}
