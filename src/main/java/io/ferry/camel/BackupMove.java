package io.ferry.camel;

import io.ferry.session.FtpException;
import io.ferry.session.FtpSession;
import io.ferry.session.RemoteFileFacts;
import java.io.IOException;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.MoveExistingFileStrategyUtils;
import org.apache.camel.component.file.remote.FtpConstants;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.util.FileUtil;
import org.apache.commons.net.ftp.FTPFile;

/** Moves an existing file away as the stock strategy does, but replaces an older backup, also where RNTO does not. */
final class BackupMove {

    private BackupMove() {}

    static void move(FtpEndpoint<FTPFile> endpoint, FtpSession session, String path) throws IOException {
        String backup = backupOf(endpoint, path);
        String directory = FileUtil.onlyPath(backup);
        if (directory != null) {
            session.makeDirectories(directory);
        }
        try {
            session.rename(path, backup);
        } catch (FtpException e) {
            boolean taken = e.refuses("RNTO")
                    && session.facts(backup)
                            .filter(facts -> !facts.directory())
                            .map(RemoteFileFacts::name)
                            .isPresent();
            if (!taken) {
                throw e;
            }
            session.delete(backup);
            session.rename(path, backup);
        }
    }

    private static String backupOf(FtpEndpoint<FTPFile> endpoint, String path) throws IOException {
        String parent = FileUtil.stripLeadingSeparator(FileUtil.onlyPath(path));
        String name = FileUtil.stripPath(path);
        Exchange dummy = endpoint.createExchange();
        dummy.getIn().setHeader(FtpConstants.FILE_NAME, path);
        dummy.getIn().setHeader(FtpConstants.FILE_NAME_ONLY, name);
        dummy.getIn().setHeader(FtpConstants.FILE_PARENT, parent);
        String to = FileUtil.stripLeadingSeparator(endpoint.getMoveExisting().evaluate(dummy, String.class));
        if (to == null || to.isEmpty()) {
            throw new IOException("moveExisting gives an empty name, so " + path + " cannot be moved away");
        }
        return endpoint.getConfiguration()
                .normalizePath(MoveExistingFileStrategyUtils.completePartialRelativePath(to, name, parent));
    }
}
