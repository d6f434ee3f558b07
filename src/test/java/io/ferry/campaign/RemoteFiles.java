package io.ferry.campaign;

import io.ferry.campaign.FaultPlan.PlannedFile;
import io.ferry.testkit.Content;
import io.ferry.testkit.FakeFtp;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/** The files of a server, seen past the server where it keeps them on the disk. */
interface RemoteFiles {
    /** Puts a file there, an hour old. */
    void put(String path, PlannedFile file) throws IOException;

    void makeDirectory(String path) throws IOException;

    /** The paths of all files below a directory, relative to it. */
    List<String> tree(String directory);

    /** Takes a file away in one step; returns its content, or null when there is none. */
    byte[] take(String path) throws IOException;

    /** The directory as one that can be watched. */
    WatchedFiles watched(String directory);

    /** Removes a tree of the local disk. */
    static void delete(Path tree) {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path each : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RemoteFiles of(TestServer server) {
        if (server instanceof FakeFtp fake) {
            return new InFake(fake);
        }
        return server instanceof ScriptedServer scripted ? new InScript(scripted) : new OnDisk(server.root());
    }

    /** On the local disk, below the server's root. */
    record OnDisk(Path root) implements RemoteFiles {
        @Override
        public void put(String path, PlannedFile file) throws IOException {
            Path written = Content.write(root.resolve(path), file.size(), file.seed());
            Files.setLastModifiedTime(written, FileTime.from(Instant.now().minusSeconds(3600)));
            written.toFile().setReadable(true, false);
            written.toFile().setWritable(true, false);
        }

        @Override
        public void makeDirectory(String path) throws IOException {
            Files.createDirectories(root.resolve(path));
            for (Path each = root.resolve(path); !each.equals(root); each = each.getParent()) {
                each.toFile().setWritable(true, false);
                each.toFile().setReadable(true, false);
                each.toFile().setExecutable(true, false);
            }
        }

        @Override
        public List<String> tree(String directory) {
            return WatchedFiles.tree(root.resolve(directory));
        }

        @Override
        public byte[] take(String path) throws IOException {
            Path file = root.resolve(path);
            Path away = file.getParent().resolveSibling(file.getFileName() + "." + UUID.randomUUID());
            try {
                Files.move(file, away, StandardCopyOption.ATOMIC_MOVE);
            } catch (NoSuchFileException e) {
                return null;
            }
            return Files.readAllBytes(away);
        }

        @Override
        public WatchedFiles watched(String directory) {
            return new WatchedFiles.OnDisk(root.resolve(directory));
        }
    }

    /** In the memory of MockFtpServer's fake. */
    record InFake(FakeFtp fake) implements RemoteFiles {
        @Override
        public void put(String path, PlannedFile file) {
            fake.put("/" + path, Content.bytes(file.size(), file.seed()));
        }

        @Override
        public void makeDirectory(String path) {
            fake.makeDirectory("/" + path);
        }

        @Override
        public List<String> tree(String directory) {
            return fake.names("/" + directory);
        }

        @Override
        public byte[] take(String path) throws IOException {
            return new OnDisk(fake.root()).take(path);
        }

        @Override
        public WatchedFiles watched(String directory) {
            return new WatchedFiles.InMemory(name -> {
                String path = "/" + directory + "/" + name;
                return fake.exists(path) ? fake.get(path) : null;
            });
        }
    }

    /** In the memory of the scripted server. */
    record InScript(ScriptedServer scripted) implements RemoteFiles {
        @Override
        public void put(String path, PlannedFile file) {
            scripted.put("/" + path, Content.bytes(file.size(), file.seed()));
        }

        @Override
        public void makeDirectory(String path) {
            // any directory exists
        }

        @Override
        public List<String> tree(String directory) {
            String prefix = "/" + directory + "/";
            return scripted.paths().stream()
                    .filter(path -> path.startsWith(prefix))
                    .map(path -> path.substring(prefix.length()))
                    .toList();
        }

        @Override
        public byte[] take(String path) {
            return scripted.take("/" + path);
        }

        @Override
        public WatchedFiles watched(String directory) {
            return new WatchedFiles.InMemory(name -> scripted.get("/" + directory + "/" + name));
        }
    }
}
