package io.ferry.camel;

import org.apache.camel.spi.Metadata;

/** The message headers of Ferry, beside the stock {@code CamelFile*} ones, and {@code CamelFtpReply*} after a failure. */
public final class FerryHeaders {

    /** Bytes of the whole file, after a transfer. */
    @Metadata(description = "Bytes of the whole file.", javaType = "Long")
    public static final String SIZE = "CamelFerrySize";

    /** The first byte that the last attempt sent or received anew. */
    @Metadata(
            description = "The first byte that the last attempt transferred anew; 0 when it began at the start.",
            javaType = "Long")
    public static final String RESTARTED_AT = "CamelFerryRestartedAt";

    /** Bytes sent or received over all attempts. */
    @Metadata(description = "Bytes sent or received over all attempts, overlaps included.", javaType = "Long")
    public static final String TRANSFERRED = "CamelFerryTransferred";

    /** How often the data connection was opened for this file. */
    @Metadata(description = "How many attempts the transfer took.", javaType = "Integer")
    public static final String ATTEMPTS = "CamelFerryAttempts";

    /** What was compared with what. */
    @Metadata(description = "What was compared with what, such as the size, or which digest.", javaType = "String")
    public static final String VERIFIED = "CamelFerryVerified";

    /** What became of the transfer. */
    @Metadata(
            description = "What became of the transfer.",
            javaType = "String",
            enums = "TRANSFERRED,ALREADY_COMPLETE,IGNORED")
    public static final String OUTCOME = "CamelFerryOutcome";

    /** Tells a delivery from others. */
    @Metadata(
            label = "consumer",
            description =
                    "The same for every delivery of the same version of a file to the same route; 32 hexadecimal digits.",
            javaType = "String")
    public static final String DELIVERY_ID = "CamelFerryDeliveryId";

    /** Whether the route may have had this delivery before. */
    @Metadata(
            label = "consumer",
            description =
                    "True when an earlier delivery with this id was begun and either failed or ended in a way that is not known.",
            javaType = "Boolean")
    public static final String POSSIBLE_DUPLICATE = "CamelFerryPossibleDuplicate";

    /** For {@link FtpTransferProcessor}: the operation. */
    @Metadata(
            label = "processor",
            description = "The operation of FtpTransferProcessor for this message.",
            javaType = "String")
    public static final String OPERATION = "CamelFerryOperation";

    /** For {@link FtpTransferProcessor}: the remote path. */
    @Metadata(
            label = "processor",
            description =
                    "The remote path for FtpTransferProcessor, relative to the working directory unless it begins with a slash.",
            javaType = "String")
    public static final String REMOTE_PATH = "CamelFerryRemotePath";

    /** For {@link FtpTransferProcessor}: the new path of a rename. */
    @Metadata(label = "processor", description = "The new remote path of a rename.", javaType = "String")
    public static final String RENAME_TO = "CamelFerryRenameTo";

    /** For {@link FtpTransferProcessor}: the local file. */
    @Metadata(
            label = "processor",
            description = "The local file that a retrieve writes; without it the work directory is used.",
            javaType = "String")
    public static final String LOCAL_PATH = "CamelFerryLocalPath";

    /** For {@link FtpTransferProcessor}: the restart offset. */
    @Metadata(
            label = "processor",
            description = "The restart offset of a retrieve or store: auto, or a number of bytes.",
            javaType = "String")
    public static final String RESTART_OFFSET = "CamelFerryRestartOffset";

    /** For {@link FtpTransferProcessor}: the block size. */
    @Metadata(label = "processor", description = "The block size of this transfer, such as 256KB.", javaType = "String")
    public static final String BLOCK_SIZE = "CamelFerryBlockSize";

    /** For {@link FtpTransferProcessor}: the working directory kept with the exchange. */
    @Metadata(
            label = "result",
            description = "The remote working directory of this exchange, after changeDirectory.",
            javaType = "String")
    public static final String WORKING_DIRECTORY = "CamelFerryWorkingDirectory";

    private FerryHeaders() {}
}
