package io.ferry.camel;

import io.ferry.session.Detour;
import io.ferry.session.ProxyServer;
import io.ferry.stream.ChecksumAlgorithm;
import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.TransferOptions;
import java.time.Duration;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Configurer;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;
import org.jspecify.annotations.Nullable;

/** Ferry's own options: in the URI of an endpoint, and as defaults of a component ({@code camel.component.ferry-ftp.*}). */
@UriParams
@Configurer
public class FerryOptions implements Cloneable {

    @UriParam(label = "common", defaultValue = "1MB")
    private String blockSize = "1MB";

    @UriParam(label = "common", defaultValue = "64KB")
    private String overlap = "64KB";

    @UriParam(label = "common", defaultValue = "auto", enums = "auto,off")
    private String resume = "auto";

    @UriParam(label = "common", defaultValue = "size", enums = "none,size,digest")
    private String verify = "size";

    @UriParam(label = "common", defaultValue = LocalTarget.DEFAULT_SUFFIX)
    private String partialSuffix = LocalTarget.DEFAULT_SUFFIX;

    @UriParam(label = "common")
    private @Nullable String workDirectory;

    @UriParam(label = "common,advanced", defaultValue = "9")
    private int maxSessions = 9;

    @UriParam(label = "consumer", defaultValue = "8")
    private int concurrentTransfers = 8;

    @UriParam(label = "consumer", defaultValue = "8")
    private int segments = TransferOptions.DEFAULT_SEGMENTS;

    @UriParam(label = "consumer,advanced")
    private @Nullable String segmentSize;

    @UriParam(label = "consumer", defaultValue = "false")
    private boolean compress;

    @UriParam(label = "common")
    private @Nullable String maxRate;

    @UriParam(label = "common")
    private @Nullable String maxTotalRate;

    @UriParam(label = "common", defaultValue = "true")
    private boolean durable = true;

    @UriParam(label = "common", defaultValue = "fail", enums = "fail,accept")
    private String onUnprovable = "fail";

    @UriParam(label = "common,advanced", defaultValue = "7d", javaType = "java.time.Duration")
    private String partialExpiry = "7d";

    @UriParam(label = "common,advanced", javaType = "java.time.Duration")
    private @Nullable String stallTimeout;

    @UriParam(label = "producer,advanced")
    private @Nullable String partialDirectory;

    @UriParam(label = "producer", defaultValue = "4")
    private int concurrentUploads = 4;

    @UriParam(label = "common", enums = "sha256,md5")
    private @Nullable String checksumFile;

    @UriParam(label = "common")
    private @Nullable String manifest;

    @UriParam(label = "consumer")
    private @Nullable String stableFor;

    @UriParam(label = "consumer,advanced", defaultValue = "false")
    private boolean inOrder;

    @UriParam(label = "common,advanced")
    private @Nullable String activeExternalAddress;

    @UriParam(label = "security")
    private @Nullable String certificatePin;

    @UriParam(label = "security", defaultValue = "strict", enums = "strict,chain,none")
    private String certificateCheck = "strict";

    @UriParam(label = "security,advanced", defaultValue = "true")
    private boolean requireCloseNotify = true;

    @UriParam(label = "security,advanced", defaultValue = "false")
    private boolean clearControlChannel;

    @UriParam(label = "common,advanced", defaultValue = "false")
    private boolean skipPassiveAddress;

    @UriParam(label = "proxy")
    private @Nullable String proxy;

    @UriParam(label = "proxy,security", secret = true)
    private @Nullable String proxyUser;

    @UriParam(label = "proxy,security", secret = true)
    private @Nullable String proxyPassword;

    /**
     * Size of the one buffer that carries bytes between the data connection and the disk: each read, and each write, is at most
     * this large. A file that is smaller takes a buffer of its own size, and none is larger than 4MB, or than 128KB for an upload.
     * Over plain connections it lies outside of the Java heap, as long as all transfers together have no more than 24MB there;
     * otherwise, and under TLS and for lines of text, it lies on the heap and is 128KB at most. Bytes, or with the unit KB or MB (1024-based); 1KB to
     * 64MB. Kernel socket buffers are left to the kernel.
     */
    public void setBlockSize(String blockSize) {
        this.blockSize = blockSize;
    }

    public String getBlockSize() {
        return blockSize;
    }

    /**
     * How many bytes before the restart offset are transferred again and compared, to prove that both sides hold the same
     * file. Bytes, or with the unit KB or MB (1024-based); 1 to 64MB.
     */
    public void setOverlap(String overlap) {
        this.overlap = overlap;
    }

    public String getOverlap() {
        return overlap;
    }

    /**
     * Whether an unfinished transfer is continued: auto continues where the partial is provably of the same file and begins at
     * zero otherwise; off always begins at zero.
     */
    public void setResume(String resume) {
        this.resume = resume;
    }

    public String getResume() {
        return resume;
    }

    /**
     * What is compared at the end of a transfer: none (only the count of bytes), size (the server's SIZE, and for downloads
     * that the source did not change meanwhile), or digest (size, and a digest computed by the server; an error where it
     * computes none).
     */
    public void setVerify(String verify) {
        this.verify = verify;
    }

    public String getVerify() {
        return verify;
    }

    /** What the names of unfinished files end with, on the local disk and on the server. */
    public void setPartialSuffix(String partialSuffix) {
        this.partialSuffix = partialSuffix;
    }

    public String getPartialSuffix() {
        return partialSuffix;
    }

    /**
     * Local directory for partials and for whole files until the route has taken them. The default is .ferry inside the
     * directory of the route's file: endpoint, so that handing a file on is a rename; without one it is .ferry in the directory
     * that Ferry runs in.
     */
    public void setWorkDirectory(@Nullable String workDirectory) {
        this.workDirectory = workDirectory;
    }

    public @Nullable String getWorkDirectory() {
        return workDirectory;
    }

    /**
     * The most sessions open at once to one partner (same server, login and connection settings), shared by all its endpoints:
     * by default one more than concurrentTransfers. At least 1.
     */
    public void setMaxSessions(int maxSessions) {
        this.maxSessions = maxSessions;
    }

    public int getMaxSessions() {
        return maxSessions;
    }

    /**
     * How many files of a poll are transferred at the same time, while the route has one; twice as many at most lie transferred, or
     * in part, in the work directory. The route gets them one after the other and in the order of the poll all the same. One session is left for everything else, so
     * that maxSessions of 1, or a server that allows one, means one file after the other; so do preMove, a readLock, and
     * download=false. At least 1.
     */
    public void setConcurrentTransfers(int concurrentTransfers) {
        this.concurrentTransfers = concurrentTransfers;
    }

    public int getConcurrentTransfers() {
        return concurrentTransfers;
    }

    /**
     * The most sessions over which one large file is received at the same time. It begins with one, and gets more, up to this number,
     * as long as that makes it clearly faster, as on lines that lose packets; on others it keeps one. One session is left for
     * everything else, and a segment gives its own back when another file waits for one. The source must state size and
     * modification time and be able to restart (REST); with verify=none, resume=off or maxRate there are no segments. At least 1; 1
     * for no segments.
     */
    public void setSegments(int segments) {
        this.segments = segments;
    }

    public int getSegments() {
        return segments;
    }

    /**
     * For lines that are known to lose packets: for each so many bytes that are still to come, a file gets a session at once, up to
     * segments, without a test whether that is faster. Bytes, or with the unit KB or MB (1024-based); 1KB to 64MB. Without it
     * Ferry tests.
     */
    public void setSegmentSize(@Nullable String segmentSize) {
        this.segmentSize = segmentSize;
    }

    public @Nullable String getSegmentSize() {
        return segmentSize;
    }

    /**
     * Whether files are received deflated (MODE Z), for text over slow lines: worth it where the line, not the server, is the limit.
     * Where the server does not offer it, the log says so once and files come as they are. Such a file comes over one session
     * whatever segments says, and maxRate counts the bytes of the file, not those on the line. Files are never sent deflated.
     */
    public void setCompress(boolean compress) {
        this.compress = compress;
    }

    public boolean isCompress() {
        return compress;
    }

    /**
     * The most bytes per second that all transfers of this endpoint carry together, such as 2MB, or by the time of day, such as
     * 08:00-18:00=2MB,22:00-06:00=20MB: the first that holds counts, and at other times there is no limit. At least 1KB.
     */
    public void setMaxRate(@Nullable String maxRate) {
        this.maxRate = maxRate;
    }

    public @Nullable String getMaxRate() {
        return maxRate;
    }

    /** As maxRate, for all endpoints of the CamelContext together that have the same maxTotalRate. */
    public void setMaxTotalRate(@Nullable String maxTotalRate) {
        this.maxTotalRate = maxTotalRate;
    }

    public @Nullable String getMaxTotalRate() {
        return maxTotalRate;
    }

    /**
     * Whether files and directory entries, the one that a file: endpoint of the route makes included, are synced to the disk
     * before the source is deleted or moved, so that a power failure loses nothing. false is faster for many small files.
     */
    public void setDurable(boolean durable) {
        this.durable = durable;
    }

    public boolean isDurable() {
        return durable;
    }

    /**
     * What is done where the server refuses what a proof would need: fail stops where a file could be damaged (no SIZE, no
     * RNFR) and begins again at zero where bytes are only sent again; accept goes on with what can be proven, and says once in
     * the log what cannot.
     */
    public void setOnUnprovable(String onUnprovable) {
        this.onUnprovable = onUnprovable;
    }

    public String getOnUnprovable() {
        return onUnprovable;
    }

    /**
     * For how long a partial of this installation that nobody continues is kept, on either side, such as 12h or 7d. 0 keeps it
     * for ever. Of what others may own nothing is ever removed.
     */
    public void setPartialExpiry(String partialExpiry) {
        this.partialExpiry = partialExpiry;
    }

    public String getPartialExpiry() {
        return partialExpiry;
    }

    /**
     * The longest time without a byte on a data connection before the attempt is given up and the next one begins; also how
     * long another installation's partial must have stood still before it is taken over. The default is the stock option
     * timeout, 30s.
     */
    public void setStallTimeout(@Nullable String stallTimeout) {
        this.stallTimeout = stallTimeout;
    }

    public @Nullable String getStallTimeout() {
        return stallTimeout;
    }

    /**
     * Directory on the server for the partials of uploads, where the target directory acts on every file that appears (mailbox
     * servers). It must lie on the same file system there, since publishing is a rename. The default is the target directory.
     */
    public void setPartialDirectory(@Nullable String partialDirectory) {
        this.partialDirectory = partialDirectory;
    }

    public @Nullable String getPartialDirectory() {
        return partialDirectory;
    }

    /**
     * The most files that one producer sends at the same time, each over a session of its own, so never more than maxSessions. 1
     * sends one after the other. Files that come sorted (sortBy, sorter, preSort), and messages that are no polled files, appear
     * on the server in the order in which they came. At least 1.
     */
    public void setConcurrentUploads(int concurrentUploads) {
        this.concurrentUploads = concurrentUploads;
    }

    public int getConcurrentUploads() {
        return concurrentUploads;
    }

    /**
     * A checksum beside each file, as sha256sum or md5sum write it, under the file's name with .sha256 or .md5 added. To: it is
     * published after the file and before the done file. From: a file waits until its checksum is there, is handed on only where it is
     * what that says, and takes it along when it is deleted or moved; checksums are not handed on.
     */
    public void setChecksumFile(@Nullable String checksumFile) {
        this.checksumFile = checksumFile;
    }

    public @Nullable String getChecksumFile() {
        return checksumFile;
    }

    /** The algorithm of checksumFile, or null for none. */
    @Nullable
    ChecksumAlgorithm checksumAlgorithm() {
        return checksumFile == null ? null : OptionValues.choice("checksumFile", checksumFile, ChecksumAlgorithm.class);
    }

    /**
     * Files that belong together, named with their checksums in one more file. From: a pattern of such names, written as for antInclude; only
     * files that a manifest beside them names are taken, once all of them have arrived and are what it says, as one batch in its order. To:
     * the name, such as batch-${date:now:yyyyMMddHHmmssSSS}.manifest (simple language); it is published, and then its done file,
     * once all files of a poll of the route have been sent. Its checksums are those of checksumFile, SHA-256 without that.
     */
    public void setManifest(@Nullable String manifest) {
        this.manifest = manifest;
    }

    public @Nullable String getManifest() {
        return manifest;
    }

    /**
     * Leaves a file alone until its size and modification time have been the same for a number of further polls, such as 2, or
     * for a time, such as 30s. No thread waits for it meanwhile. Without it a file is taken when it is first seen.
     */
    public void setStableFor(@Nullable String stableFor) {
        this.stableFor = stableFor;
    }

    public @Nullable String getStableFor() {
        return stableFor;
    }

    /**
     * Whether the files of one directory are delivered strictly one after the other, oldest first unless sortBy says otherwise:
     * a file that fails holds back the later ones of its directory until it has been delivered or set aside.
     */
    public void setInOrder(boolean inOrder) {
        this.inOrder = inOrder;
    }

    public boolean isInOrder() {
        return inOrder;
    }

    /**
     * With passiveMode=false, the IP address that the server is told to connect to, where it sees this host under another one
     * (address translation). The default is the local address of the control connection.
     */
    public void setActiveExternalAddress(@Nullable String activeExternalAddress) {
        this.activeExternalAddress = activeExternalAddress;
    }

    public @Nullable String getActiveExternalAddress() {
        return activeExternalAddress;
    }

    /**
     * With ferry-ftps, the SHA-256 fingerprint of the server's certificate, 64 hexadecimal digits with or without colons; several
     * separated by commas. The server must show one of these, and nothing else is asked of it: this is how a self-signed
     * certificate is trusted. An error names the fingerprint that was seen.
     */
    public void setCertificatePin(@Nullable String certificatePin) {
        this.certificatePin = certificatePin;
    }

    public @Nullable String getCertificatePin() {
        return certificatePin;
    }

    /**
     * With ferry-ftps, what the server's certificate is asked for: strict (trusted, valid, and for this host), chain (trusted and
     * valid), or none, which lets anyone on the line read and change everything. Anything but strict is warned about at start.
     */
    public void setCertificateCheck(String certificateCheck) {
        this.certificateCheck = certificateCheck;
    }

    public String getCertificateCheck() {
        return certificateCheck;
    }

    /**
     * With ferry-ftps, whether a listing, and a file whose size the server does not state, must end with TLS's close_notify. false
     * is for servers that never send it: someone on the line can then cut a listing short.
     */
    public void setRequireCloseNotify(boolean requireCloseNotify) {
        this.requireCloseNotify = requireCloseNotify;
    }

    public boolean isRequireCloseNotify() {
        return requireCloseNotify;
    }

    /**
     * With ferry-ftps, whether the control connection goes back to plain text after the login (CCC), for firewalls and address
     * translators that read it. Commands and file names can then be seen and changed on the line; data stays encrypted.
     */
    public void setClearControlChannel(boolean clearControlChannel) {
        this.clearControlChannel = clearControlChannel;
    }

    public boolean isClearControlChannel() {
        return clearControlChannel;
    }

    /**
     * Whether the address in the server's reply to PASV is passed over, for servers behind address translation that name an
     * address of their own network. Data connections go to the control connection's host either way; without this option another
     * address is an error.
     */
    public void setSkipPassiveAddress(boolean skipPassiveAddress) {
        this.skipPassiveAddress = skipPassiveAddress;
    }

    public boolean isSkipPassiveAddress() {
        return skipPassiveAddress;
    }

    /**
     * A proxy for the control connection and all data connections, http://host:port (CONNECT) or socks5://host:port. The proxy
     * looks up the server's name; TLS reaches through it.
     */
    public void setProxy(@Nullable String proxy) {
        this.proxy = proxy;
    }

    public @Nullable String getProxy() {
        return proxy;
    }

    /** Login at the proxy. */
    public void setProxyUser(@Nullable String proxyUser) {
        this.proxyUser = proxyUser;
    }

    public @Nullable String getProxyUser() {
        return proxyUser;
    }

    /** Password at the proxy. */
    public void setProxyPassword(@Nullable String proxyPassword) {
        this.proxyPassword = proxyPassword;
    }

    public @Nullable String getProxyPassword() {
        return proxyPassword;
    }

    /** Address translation and proxy, checked. */
    Detour detour() {
        return new Detour(
                activeExternalAddress,
                skipPassiveAddress,
                proxy == null ? null : ProxyServer.of(proxy, proxyUser, proxyPassword));
    }

    /** A copy, for one endpoint to change. */
    FerryOptions copy() {
        try {
            return (FerryOptions) super.clone();
        } catch (CloneNotSupportedException e) {
            throw new RuntimeCamelException(e);
        }
    }

    /**
     * These options, checked, for the engine.
     *
     * @param attempts attempts in a row without progress
     * @param reconnectDelay the first wait in milliseconds
     * @throws IllegalArgumentException that names the option and what it accepts
     */
    TransferOptions transferOptions(int attempts, long reconnectDelay) {
        return new TransferOptions(
                        OptionValues.bytes("blockSize", blockSize),
                        OptionValues.bytes("overlap", overlap),
                        OptionValues.choice("resume", resume, TransferOptions.Resume.class),
                        OptionValues.choice("verify", verify, TransferOptions.Verify.class),
                        Math.max(1, attempts),
                        Duration.ofMillis(Math.max(0, reconnectDelay)),
                        TransferOptions.AUTO,
                        durable,
                        OptionValues.choice("onUnprovable", onUnprovable, TransferOptions.OnUnprovable.class),
                        OptionValues.duration("partialExpiry", partialExpiry))
                .segmented(segments, segmentSize == null ? 0 : OptionValues.bytes("segmentSize", segmentSize))
                .compressed(compress);
    }

    /** How many files a producer may send at once. */
    int uploadsAtOnce() {
        if (concurrentUploads < 1) {
            throw new IllegalArgumentException("concurrentUploads must be at least 1, not " + concurrentUploads);
        }
        return Math.min(concurrentUploads, maxSessions);
    }

    /** The stall time-out, or null where the stock option timeout holds. */
    @Nullable
    Duration stall() {
        return stallTimeout == null ? null : OptionValues.duration("stallTimeout", stallTimeout);
    }
}
