package io.ferry.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPSClient;
import org.apache.commons.net.util.TrustManagerUtils;

/** commons-net by itself, one session, 256 KiB at a time, straight into the final name; any certificate will do. */
final class CommonsNetClient implements Contender.Client {

    @Override
    public long run(Job job) throws Exception {
        long start = System.nanoTime();
        FTPClient client = job.tls() == null ? new FTPClient() : secured();
        client.setBufferSize(256 << 10);
        client.connect(job.host(), job.port());
        require(client, client.login(job.user(), job.password()));
        if (client instanceof FTPSClient secured) {
            secured.execPBSZ(0);
            secured.execPROT("P");
        }
        client.enterLocalPassiveMode();
        require(client, client.setFileType(FTP.BINARY_FILE_TYPE));
        for (String name : job.names()) {
            move(client, job, name);
        }
        client.logout();
        client.disconnect();
        return System.nanoTime() - start;
    }

    private static void move(FTPClient client, Job job, String name) throws IOException {
        Path local = job.local().resolve(name);
        String remote = job.remote() + "/" + name;
        if (job.down()) {
            try (OutputStream out = Files.newOutputStream(local)) {
                require(client, client.retrieveFile(remote, out));
            }
        } else {
            try (InputStream in = Files.newInputStream(local)) {
                require(client, client.storeFile(remote, in));
            }
        }
    }

    private static FTPSClient secured() {
        FTPSClient client = new FTPSClient();
        client.setTrustManager(TrustManagerUtils.getAcceptAllTrustManager());
        return client;
    }

    private static void require(FTPClient client, boolean done) throws IOException {
        if (!done) {
            throw new IOException("commons-net: " + client.getReplyString());
        }
    }
}
