package io.ferry.camel;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.component.file.remote.FtpsEndpoint;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;

/**
 * Something that an endpoint's options do, or leave undone, without saying so.
 *
 * @param of which endpoints it may apply to
 * @param role what such an endpoint has to be used for
 * @param option the option, as one writes it
 * @param why what comes of it
 * @param instead what to write
 * @param applies whether an endpoint of that kind has the option so
 */
record LintRule(Kind of, Role role, String option, String why, String instead, Predicate<FtpEndpoint<?>> applies) {

    /** The stock endpoints, or Ferry's own. */
    enum Kind {
        STOCK,
        FERRY
    }

    /** What an endpoint is used for; ANY where it matters in both roles, or the use is not known yet. */
    enum Role {
        ANY,
        FROM,
        TO
    }

    /** Locks that other components have, and FTP has not. */
    private static final Set<String> NO_LOCK =
            Set.of("markerfile", "filelock", "idempotent", "idempotent-changed", "idempotent-rename");

    private static final List<LintRule> STOCK = List.of(
            new LintRule(
                    Kind.STOCK,
                    Role.ANY,
                    "binary=false",
                    "the default: each pair of bytes that looks like the end of a line is changed, which damages all files but"
                            + " text",
                    "binary=true",
                    each -> !each.getConfiguration().isBinary() && isTransfer(each)),
            new LintRule(
                    Kind.STOCK,
                    Role.ANY,
                    "ftps without ftpClient.trustStore.file",
                    "every certificate that has not expired is accepted, whoever shows it, and no host name is looked at",
                    "ferry-ftps, or a trust store",
                    LintRule::isTrusting),
            new LintRule(
                    Kind.STOCK,
                    Role.ANY,
                    "ftpClient",
                    "one client is shared by all consumers and producers, whose commands get mixed up",
                    "leave it out",
                    each -> each.getFtpClient() != null),
            new LintRule(
                    Kind.STOCK,
                    Role.ANY,
                    "checksumFileAlgorithm",
                    "accepted, and never computed on FTP",
                    "ferry-ftp with verify=digest",
                    each -> each.getChecksumFileAlgorithm() != null),
            new LintRule(
                    Kind.STOCK,
                    Role.TO,
                    "keepLastModified",
                    "accepted, and does nothing on FTP",
                    "leave it out",
                    FtpEndpoint::isKeepLastModified),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "delete or move",
                    "a download that ends early with 226 is taken for whole: half the file is delivered, and the source is"
                            + " deleted or moved",
                    "ferry-ftp",
                    each -> (each.isDelete() || each.getMove() != null) && isTransfer(each)),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "move",
                    "a file of the same name that was moved there before is deleted",
                    "ferry-ftp, or a name with a time: move=.done/${date:now:yyyyMMddHHmmss}-${file:onlyname}",
                    each -> each.getMove() != null),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "resumeDownload",
                    "continues whatever partial is there, also of another file: the two are spliced",
                    "ferry-ftp, which resumes what is provably the same",
                    FtpEndpoint::isResumeDownload),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "readLock=markerFile, fileLock or idempotent*",
                    "locks nothing on FTP: a file that is still being written is taken",
                    "readLock=changed, or ferry-ftp with stableFor",
                    each -> NO_LOCK.contains(readLock(each))),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "readLockMinAge",
                    "with readLock=changed only the age counts then: a file that grows slowly is taken",
                    "ferry-ftp with stableFor",
                    each -> readLock(each).equals("changed") && each.getReadLockMinAge() > 0),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "readLock=changed",
                    "waits for one file after the other: one that grows for ever holds up all",
                    "ferry-ftp with stableFor",
                    each -> readLock(each).equals("changed") && each.getReadLockMinAge() <= 0),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "throwExceptionOnConnectFailed=false",
                    "the default: a server that cannot be reached, or refuses the login, counts as a good poll, and health stays"
                            + " up",
                    "throwExceptionOnConnectFailed=true",
                    each -> !each.getConfiguration().isThrowExceptionOnConnectFailed()),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "no localWorkDirectory",
                    "each file is in memory as a whole",
                    "localWorkDirectory, or ferry-ftp",
                    each -> each.getLocalWorkDirectory() == null
                            && !each.getConfiguration().isStreamDownload()
                            && isTransfer(each)),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "streamDownload with stepwise",
                    "the default stepwise=true changes the directory while the stream is open, and fails",
                    "stepwise=false",
                    each -> each.getConfiguration().isStreamDownload()
                            && each.getConfiguration().isStepwise()),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "streamDownload with stream caching",
                    "Camel's stream caching, on by default, copies the whole stream to memory",
                    "streamCache=false on the route, or ferry-ftp",
                    each -> each.getConfiguration().isStreamDownload()
                            && Boolean.TRUE.equals(each.getCamelContext().isStreamCaching())),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "idempotentEager",
                    "the default: a file is marked as done while it is listed, and after a crash nobody ever gets it",
                    "idempotentEager=false, or ferry-ftp",
                    each -> each.isIdempotent() && each.isIdempotentEager()),
            new LintRule(
                    Kind.STOCK,
                    Role.FROM,
                    "idempotent without idempotentRepository",
                    "1,000 paths are remembered until the process ends, and neither size nor time: a new version is not seen, and"
                            + " the oldest ones come again",
                    "an idempotentRepository and idempotentKey=${file:name}-${file:size}-${file:modified}, or ferry-ftp",
                    each -> each.isIdempotent()
                            && each.getIdempotentKey() == null
                            && (each.getIdempotentRepository() == null
                                    || each.getIdempotentRepository() instanceof MemoryIdempotentRepository)),
            new LintRule(
                    Kind.STOCK,
                    Role.TO,
                    "no tempFileName or tempPrefix",
                    "readers on the server see the file grow under its final name, and half of it stays there after a cut",
                    "tempPrefix=. with eagerDeleteTargetFile=false, or ferry-ftp",
                    each -> each.getTempFileName() == null && each.getFileExist() != GenericFileExist.Append),
            new LintRule(
                    Kind.STOCK,
                    Role.TO,
                    "eagerDeleteTargetFile",
                    "the default: with a temporary name the existing file is deleted before the upload begins, and is lost if that"
                            + " fails",
                    "eagerDeleteTargetFile=false, or ferry-ftp",
                    each -> each.getTempFileName() != null
                            && each.isEagerDeleteTargetFile()
                            && each.getFileExist() == GenericFileExist.Override));

    private static final List<LintRule> FERRY = List.of(
            new LintRule(
                    Kind.FERRY,
                    Role.ANY,
                    "verify=none",
                    "a source that changes while it is downloaded, and a server that cut an upload short, are not noticed",
                    "verify=size",
                    each -> options(each).getVerify().equalsIgnoreCase("none")
                            && each.getConfiguration().isBinary()),
            new LintRule(
                    Kind.FERRY,
                    Role.ANY,
                    "binary=false",
                    "lines of text are neither resumed nor verified",
                    "binary=true where the two systems end lines in the same way",
                    each -> !each.getConfiguration().isBinary()),
            new LintRule(
                    Kind.FERRY,
                    Role.ANY,
                    "durable=false",
                    "a power failure may take a file whose source was deleted already",
                    "durable=true where the source is deleted or moved",
                    each -> !options(each).isDurable()),
            new LintRule(
                    Kind.FERRY,
                    Role.TO,
                    "onUnprovable=accept",
                    "where the server shows no size, an upload that was cut short is published",
                    "onUnprovable=fail",
                    each -> options(each).getOnUnprovable().equalsIgnoreCase("accept")),
            new LintRule(
                    Kind.FERRY,
                    Role.TO,
                    "fileExist=Append",
                    "readers see the file grow, and a process that dies leaves what was added until then",
                    "a file of its own for each message",
                    each -> each.getFileExist() == GenericFileExist.Append));

    /** All rules of a kind, in the order in which they are told. */
    static List<LintRule> all(Kind kind) {
        return kind == Kind.STOCK ? STOCK : FERRY;
    }

    /** The rules that an endpoint breaks in a role. */
    static List<LintRule> broken(FtpEndpoint<?> endpoint, Role used) {
        return all(isOurs(endpoint) ? Kind.FERRY : Kind.STOCK).stream()
                .filter(each -> each.role == Role.ANY || each.role == used)
                .filter(each -> each.applies.test(endpoint))
                .toList();
    }

    private static boolean isOurs(FtpEndpoint<?> endpoint) {
        return endpoint instanceof FerryFtpEndpoint || endpoint instanceof FerryFtpsEndpoint;
    }

    private static FerryOptions options(FtpEndpoint<?> endpoint) {
        return endpoint instanceof FerryFtpsEndpoint secured
                ? secured.getFerry()
                : ((FerryFtpEndpoint) endpoint).getFerry();
    }

    /** Without the download an FtpTransferProcessor moves the bytes, in its own way. */
    private static boolean isTransfer(FtpEndpoint<?> endpoint) {
        return endpoint.isDownload();
    }

    private static boolean isTrusting(FtpEndpoint<?> endpoint) {
        return endpoint instanceof FtpsEndpoint secured
                && secured.getFtpClient() == null
                && secured.getSslContextParameters() == null
                && (secured.getFtpClientTrustStoreParameters() == null
                        || secured.getFtpClientTrustStoreParameters().isEmpty());
    }

    private static String readLock(FtpEndpoint<?> endpoint) {
        return endpoint.getReadLock() == null ? "none" : endpoint.getReadLock().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return option + ": " + why + ". Write instead: " + instead;
    }
}
