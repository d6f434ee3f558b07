package io.ferry.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.mockftpserver.core.command.Command;
import org.mockftpserver.core.session.Session;
import org.mockftpserver.fake.FakeFtpServer;
import org.mockftpserver.fake.UserAccount;
import org.mockftpserver.fake.command.StorCommandHandler;
import org.mockftpserver.fake.filesystem.FileEntry;

/**
 * MockFtpServer's fake, which answers 350 to REST and ignores it, on a directory instead of its own memory. It owns its
 * ports, threads and directory, which {@link #close()} ends. The commands are what a relay before its control port saw.
 */
public final class FakeFtp implements TestServer {
    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame";

    private final Path root = Local.tempDirectory("fake");
    /** Null once closed, since it holds on to its sessions' sockets. */
    private FakeFtpServer server = new FakeFtpServer();

    private final ControlTap tap;

    public static FakeFtp start() {
        return new FakeFtp();
    }

    private FakeFtp() {
        server.setFileSystem(new FakeFiles(root));
        server.setCommandHandler("STOR", new Store());
        server.addUserAccount(new UserAccount(USER, PASSWORD, "/"));
        server.setServerControlPort(0);
        server.start();
        tap = new ControlTap(0, server.getServerControlPort());
    }

    /** The library's handler writes into the entry that it makes for a new file, which is in memory: make it here. */
    private static final class Store extends StorCommandHandler {
        @Override
        protected void handle(Command command, Session session) {
            verifyLoggedIn(session);
            String path = getRealPath(session, getOutputFile(command));
            String parent = getFileSystem().getParent(path);
            if (!getFileSystem().exists(path) && getFileSystem().isDirectory(parent)) {
                getFileSystem().add(new FileEntry(path));
            }
            super.handle(command, session);
        }
    }

    /** Adds or replaces a file under its absolute path, two days old: LIST is all there is to tell its time. */
    public void put(String path, byte[] content) {
        try {
            Path draft = Files.write(Files.createTempFile("ferry-fake-", null), content);
            Files.setLastModifiedTime(draft, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
            Files.move(draft, root.resolve(path.substring(1)), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Makes a directory and those above it. */
    public void makeDirectory(String path) {
        try {
            Files.createDirectories(root.resolve(path.substring(1)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The names of the files in a directory. */
    public List<String> names(String directory) {
        try (Stream<Path> files = Files.list(root.resolve(directory.substring(1)))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean exists(String path) {
        return Files.exists(root.resolve(path.substring(1)));
    }

    /** The content of a file; throws an {@link AssertionError} when there is none. */
    public byte[] get(String path) {
        try {
            return Files.readAllBytes(root.resolve(path.substring(1)));
        } catch (IOException e) {
            throw new AssertionError("no file " + path, e);
        }
    }

    /** As {@link Leaks#assertNoneSince(Leaks)}; the library leaves the sockets of broken sessions to the collector. */
    public static void assertNoLeaksSince(Leaks snapshot) {
        Await.holds(Duration.ofSeconds(20), () -> {
            System.gc();
            try {
                Leaks.assertNoneSince(snapshot, Duration.ofMillis(100));
                return true;
            } catch (AssertionError e) {
                return false;
            }
        });
        Leaks.assertNoneSince(snapshot);
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
        return tap.port();
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
        return root;
    }

    @Override
    public String log() {
        return String.join("\n", commands());
    }

    @Override
    public List<String> commands() {
        return List.copyOf(tap.commands());
    }

    @Override
    public void clearCommands() {
        tap.commands().clear();
    }

    @Override
    public Tls tls() {
        return null;
    }

    @Override
    public void close() {
        tap.close();
        if (server != null) {
            server.stop();
            server = null;
        }
        Local.delete(root);
    }
}
