package io.ferry.camel;

import io.ferry.transfer.LocalTarget;
import io.ferry.transfer.TransferOptions;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spi.Configurer;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriParams;
import org.jspecify.annotations.Nullable;

/** Ferry's own options: in the URI of an endpoint, and as defaults of a component ({@code camel.component.ferry-ftp.*}). */
@UriParams
@Configurer
public class FerryOptions implements Cloneable {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(B|K|KB|KIB|M|MB|MIB)?");

    @UriParam(label = "common", defaultValue = "256KB")
    private String blockSize = "256KB";

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

    @UriParam(label = "common,advanced", defaultValue = "4")
    private int maxSessions = 4;

    /**
     * Size of the one buffer that carries bytes between the data connection and the disk: each read, and each write, is at most
     * this large. Bytes, or with the unit KB or MB (1024-based); 1KB to 64MB. Kernel socket buffers are left to the kernel.
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
     * The most sessions open at once to one partner (same server, login and connection settings), shared by all its endpoints.
     * At least 1.
     */
    public void setMaxSessions(int maxSessions) {
        this.maxSessions = maxSessions;
    }

    public int getMaxSessions() {
        return maxSessions;
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
                bytes("blockSize", blockSize),
                bytes("overlap", overlap),
                choice("resume", resume, TransferOptions.Resume.class),
                choice("verify", verify, TransferOptions.Verify.class),
                Math.max(1, attempts),
                Duration.ofMillis(Math.max(0, reconnectDelay)),
                TransferOptions.AUTO);
    }

    /** A number of bytes such as 4096, 256KB or 1MB. */
    static int bytes(String option, String text) {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (matcher.matches()) {
            String unit = matcher.group(2) == null ? "" : matcher.group(2);
            long bytes =
                    Long.parseLong(matcher.group(1)) << (unit.startsWith("M") ? 20 : unit.startsWith("K") ? 10 : 0);
            if (bytes <= TransferOptions.MAX_BLOCK) {
                return (int) bytes;
            }
        }
        throw new IllegalArgumentException(
                "The option " + option + " takes bytes such as 4096, 256KB or 1MB, at most 64MB, not \"" + text + "\"");
    }

    private static <E extends Enum<E>> E choice(String option, String text, Class<E> choices) {
        for (E each : choices.getEnumConstants()) {
            if (each.name().equalsIgnoreCase(text)) {
                return each;
            }
        }
        StringBuilder names = new StringBuilder();
        for (E each : choices.getEnumConstants()) {
            names.append(names.length() == 0 ? "" : ", ").append(each.name().toLowerCase(Locale.ROOT));
        }
        throw new IllegalArgumentException(
                "The option " + option + " takes one of " + names + ", not \"" + text + "\"");
    }
}
