package io.ferry.camel;

import io.ferry.stream.FileDigest;
import io.ferry.transfer.LocalSource;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
import org.apache.camel.WrappedFile;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A message's content as a local file with a length and a version: the file itself where the body is one, otherwise a copy in
 * the work directory that is told from others by its digest, so that sending the same content again resumes.
 *
 * <p>Law: owns the copy, and removes it when closed; a file that was the body is never touched.
 */
final class OutgoingContent implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(OutgoingContent.class);
    private static final int BLOCK = 1 << 16;
    private static final String PREFIX = "message";
    private static final Pattern COPY = Pattern.compile(PREFIX + "\\d+");

    private final LocalSource source;
    private final @Nullable Path copy;

    private OutgoingContent(LocalSource source, @Nullable Path copy) {
        this.source = source;
        this.copy = copy;
    }

    LocalSource source() {
        return source;
    }

    static OutgoingContent of(Exchange exchange, GenericFileEndpoint<?> endpoint, Path directory) throws Exception {
        Message message = exchange.getIn();
        Object body = message.getBody();
        if (body instanceof WrappedFile<?> wrapped) {
            body = wrapped.getBody() == null ? wrapped.getFile() : wrapped.getBody();
        }
        String charset = endpoint.getCharset();
        if (charset == null && body instanceof File file) {
            return new OutgoingContent(LocalSource.of(file.toPath()), null);
        }
        if (charset == null && body instanceof Path path) {
            return new OutgoingContent(LocalSource.of(path), null);
        }
        if (body == null && !endpoint.isAllowNullBody()) {
            throw new GenericFileOperationFailedException(
                    endpoint + ": the message has no body to send. Set allowNullBody=true to write an empty file.");
        }
        return copy(body == null ? InputStream.nullInputStream() : stream(message, charset), directory);
    }

    /** An empty file in the place of copies. */
    static Path empty(Path directory) throws IOException {
        return Files.createTempFile(Files.createDirectories(directory), PREFIX, "");
    }

    /** Removes the copies that a killed process has left, once they are as old as partials may become; zero keeps them. */
    static void removeExpired(Path directory, Duration expiry) {
        if (expiry.isZero() || !Files.isDirectory(directory)) {
            return;
        }
        FileTime limit = FileTime.from(Instant.now().minus(expiry));
        try (DirectoryStream<Path> copies = Files.newDirectoryStream(directory, PREFIX + "*")) {
            for (Path copy : copies) {
                boolean old = Files.getLastModifiedTime(copy, LinkOption.NOFOLLOW_LINKS)
                                .compareTo(limit)
                        < 0;
                if (old && COPY.matcher(String.valueOf(copy.getFileName())).matches()) {
                    Files.deleteIfExists(copy);
                }
            }
        } catch (IOException e) {
            LOG.warn("{}: not everything that has expired could be removed: {}", directory, e.toString());
        }
    }

    private static InputStream stream(Message message, @Nullable String charset) throws Exception {
        return charset == null
                ? message.getMandatoryBody(InputStream.class)
                : new java.io.ByteArrayInputStream(
                        message.getMandatoryBody(String.class).getBytes(Charset.forName(charset)));
    }

    private static OutgoingContent copy(InputStream content, Path directory) throws IOException {
        Path copy = empty(directory);
        try {
            MessageDigest digest = FileDigest.named("SHA-256");
            try (InputStream in = content;
                    OutputStream out = new DigestOutputStream(Files.newOutputStream(copy), digest)) {
                byte[] block = new byte[BLOCK];
                for (int count = in.read(block); count >= 0; count = in.read(block)) {
                    out.write(block, 0, count);
                }
            }
            return new OutgoingContent(LocalSource.of(copy, HexFormat.of().formatHex(digest.digest())), copy);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(copy);
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        if (copy != null) {
            Files.deleteIfExists(copy);
        }
    }
}
