package io.ferry.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.mockftpserver.fake.FakeFtpServer;
import org.mockftpserver.fake.UserAccount;
import org.mockftpserver.fake.filesystem.DirectoryEntry;
import org.mockftpserver.fake.filesystem.FileEntry;
import org.mockftpserver.fake.filesystem.FileSystem;
import org.mockftpserver.fake.filesystem.UnixFakeFileSystem;

/**
 * MockFtpServer's fake, which answers 350 to REST and ignores it. Its files live in memory: {@link #root()} throws, and
 * it records no commands. It owns its port and threads, which {@link #close()} ends.
 */
public final class FakeFtp implements TestServer {
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame";

    private final FakeFtpServer server = new FakeFtpServer();
    private final FileSystem files = new UnixFakeFileSystem();

    public static FakeFtp start() {
        return new FakeFtp();
    }

    private FakeFtp() {
        files.add(new DirectoryEntry("/"));
        server.setFileSystem(files);
        server.addUserAccount(new UserAccount(USER, PASSWORD, "/"));
        server.setServerControlPort(0);
        server.start();
    }

    /** Adds or replaces a file under its absolute path, two days old: LIST is all there is to tell its time. */
    public void put(String path, byte[] content) {
        FileEntry entry = new FileEntry(path);
        entry.setContents(content);
        entry.setLastModified(Date.from(Instant.now().minus(Duration.ofDays(2))));
        if (files.exists(path)) {
            files.delete(path);
        }
        files.add(entry);
    }

    /** Makes a directory and those above it. */
    public void makeDirectory(String path) {
        files.add(new DirectoryEntry(path));
    }

    /** The names of the files in a directory. */
    public List<String> names(String directory) {
        List<?> entries = files.listFiles(directory);
        return entries.stream()
                .filter(FileEntry.class::isInstance)
                .map(each -> ((FileEntry) each).getName())
                .sorted()
                .toList();
    }

    public boolean exists(String path) {
        return files.exists(path);
    }

    /** The content of a file; throws an {@link AssertionError} when there is none. */
    public byte[] get(String path) {
        if (!(files.getEntry(path) instanceof FileEntry entry)) {
            throw new AssertionError("no file " + path);
        }
        try (InputStream in = entry.createInputStream()) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public String host() {
        return Local.HOST;
    }

    @Override
    public int port() {
        return server.getServerControlPort();
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    @Override
    public Path root() {
        throw new UnsupportedOperationException("the files are in memory: use put and get");
    }

    @Override
    public String log() {
        return "";
    }

    @Override
    public List<String> commands() {
        return List.of();
    }

    @Override
    public void clearCommands() {
        // none are kept
    }

    @Override
    public Tls tls() {
        return null;
    }

    @Override
    public void close() {
        server.stop();
    }
}
