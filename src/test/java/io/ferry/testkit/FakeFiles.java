package io.ferry.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.mockftpserver.fake.filesystem.DirectoryEntry;
import org.mockftpserver.fake.filesystem.FileEntry;
import org.mockftpserver.fake.filesystem.FileSystem;
import org.mockftpserver.fake.filesystem.FileSystemEntry;
import org.mockftpserver.fake.filesystem.FileSystemException;
import org.mockftpserver.fake.filesystem.UnixDirectoryListingFormatter;

/** A directory as MockFtpServer's file system; absolute paths begin in it. Owns nothing. */
final class FakeFiles implements FileSystem {
    private final Path root;

    FakeFiles(Path root) {
        this.root = root;
    }

    private Path real(String path) {
        return root.resolve(Path.of("/").relativize(Path.of(path)));
    }

    /** A file on the disk. */
    private final class DiskFile extends FileEntry {
        DiskFile(String path) {
            super(path);
        }

        @Override
        public long getSize() {
            return real(getPath()).toFile().length();
        }

        @Override
        public Date getLastModified() {
            return new Date(real(getPath()).toFile().lastModified());
        }

        @Override
        public InputStream createInputStream() {
            // The library reads single bytes and closes nothing.
            return open(() -> new ByteArrayInputStream(Files.readAllBytes(real(getPath()))));
        }

        @Override
        public OutputStream createOutputStream(boolean append) {
            return open(() -> Files.newOutputStream(
                    real(getPath()),
                    StandardOpenOption.CREATE,
                    append ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING));
        }
    }

    @FunctionalInterface
    private interface Opening<T> {
        T open() throws IOException;
    }

    private static <T> T open(Opening<T> opening) {
        try {
            return opening.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private FileSystemException failed(String path, IOException cause) {
        return new FileSystemException(path, "filesystem.pathDoesNotExist", cause);
    }

    @Override
    public void add(FileSystemEntry entry) {
        try {
            if (entry.isDirectory()) {
                Files.createDirectory(real(entry.getPath()));
            } else {
                Files.createFile(real(entry.getPath()));
            }
        } catch (IOException e) {
            throw failed(entry.getPath(), e);
        }
    }

    @Override
    public List<FileSystemEntry> listFiles(String path) {
        return isFile(path)
                ? List.of(getEntry(path))
                : names(path).map(name -> getEntry(path(path, name))).toList();
    }

    @Override
    public List<String> listNames(String path) {
        return names(path).toList();
    }

    private Stream<String> names(String path) {
        try (Stream<Path> files = Files.list(real(path))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }

    @Override
    public boolean delete(String path) {
        return real(path).toFile().delete();
    }

    @Override
    public void rename(String from, String to) {
        try {
            Files.move(real(from), real(to), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw failed(from, e);
        }
    }

    @Override
    public String formatDirectoryListing(FileSystemEntry entry) {
        return new UnixDirectoryListingFormatter().format(entry);
    }

    @Override
    public String getSystemName() {
        return "UNIX";
    }

    @Override
    public boolean exists(String path) {
        return Files.exists(real(path));
    }

    @Override
    public boolean isDirectory(String path) {
        return path != null && Files.isDirectory(real(path));
    }

    @Override
    public boolean isFile(String path) {
        return Files.isRegularFile(real(path));
    }

    @Override
    public boolean isAbsolute(String path) {
        return path.startsWith("/");
    }

    @Override
    public String path(String parent, String name) {
        return Path.of(parent == null ? "/" : parent)
                .resolve(name == null ? "" : name)
                .normalize()
                .toString();
    }

    @Override
    public FileSystemEntry getEntry(String path) {
        if (isDirectory(path)) {
            DirectoryEntry directory = new DirectoryEntry(path);
            directory.setLastModified(new Date(real(path).toFile().lastModified()));
            return directory;
        }
        return exists(path) ? new DiskFile(path) : null;
    }

    @Override
    public String getParent(String path) {
        Path parent = Path.of(path).getParent();
        return parent == null ? null : parent.toString();
    }
}
