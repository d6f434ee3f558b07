package io.ferry.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One session that moves small files one after the other with the fewest commands and system calls: no deadline, no second try, no
 * progress. What it takes is the least that a client has to take.
 */
final class RawSession implements AutoCloseable {

    private static final Pattern PORT = Pattern.compile("\\|\\|\\|(\\d+)\\|");

    private final Job job;
    private final Socket control;
    private final BufferedReader replies;
    private final ByteBuffer block;
    private final boolean checked;
    private final boolean synced;
    private @Nullable String port;

    RawSession(Job job, RawFiles.Share share) throws IOException {
        this.job = job;
        this.checked = share != RawFiles.Share.BYTES;
        this.synced = share == RawFiles.Share.SYNCS;
        // As large as Ferry's are.
        int most = job.down() ? 1 << 20 : 128 << 10;
        block = ByteBuffer.allocateDirect((int) Math.min(most, job.size()));
        control = new Socket(job.host(), job.port());
        control.setTcpNoDelay(true);
        replies = new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8));
        reply('2');
        ask("USER " + job.user(), '3');
        ask("PASS " + job.password(), '2');
        ask("TYPE I", '2');
    }

    /** Sends commands in one go. */
    private void tell(List<String> commands) throws IOException {
        String text = String.join("\r\n", commands) + "\r\n";
        control.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    }

    private String ask(String command, char expected) throws IOException {
        tell(List.of(command));
        return reply(expected);
    }

    private String reply(char expected) throws IOException {
        String line = replies.readLine();
        while (line != null && (line.length() < 4 || line.charAt(3) != ' ')) {
            line = replies.readLine();
        }
        if (line == null || line.charAt(0) != expected) {
            throw new IOException("unexpected reply: " + line);
        }
        return line;
    }

    /**
     * Moves one file.
     *
     * @param next the file that follows on this session, for what can be asked about it already; null for none
     */
    void transfer(String name, @Nullable String next) throws IOException {
        if (job.down()) {
            retrieve(name, next);
        } else {
            store(name, next);
        }
    }

    private void retrieve(String name, @Nullable String next) throws IOException {
        if (port == null) {
            List<String> commands = new ArrayList<>(checked ? questions(name) : List.of());
            commands.add("EPSV");
            tell(commands);
            replies(commands.size() - 1);
            port = reply('2');
        }
        Path file = job.local().resolve(synced ? name + ".part" : name);
        List<String> last = new ArrayList<>();
        try (SocketChannel data = connect();
                FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ask("RETR " + job.remote() + "/" + name, '1');
            while (data.read(block.clear()) >= 0) {
                out.write(block.flip());
            }
            if (checked) {
                last.addAll(questions(name));
                if (next != null) {
                    last.addAll(questions(next));
                    last.add("EPSV");
                }
                tell(last);
            }
            if (synced) {
                out.force(true);
            }
        }
        replies(1 + Math.min(last.size(), 4));
        port = last.contains("EPSV") ? reply('2') : null;
        if (synced) {
            Files.move(file, job.local().resolve(name), StandardCopyOption.ATOMIC_MOVE);
            force(job.local());
            append(job.scratch().resolve("record"), name);
        }
    }

    private void store(String name, @Nullable String next) throws IOException {
        String path = job.remote() + "/" + name;
        String partial = checked ? path + ".part" : path;
        if (port == null) {
            port = ask("EPSV", '2');
        }
        try (SocketChannel data = connect();
                FileChannel in = FileChannel.open(job.local().resolve(name))) {
            ask("STOR " + partial, '1');
            while (in.read(block.clear()) >= 0) {
                block.flip();
                while (block.hasRemaining()) {
                    data.write(block);
                }
            }
        }
        reply('2');
        port = null;
        if (checked) {
            tell(
                    next == null
                            ? List.of("SIZE " + partial, "RNFR " + partial)
                            : List.of("SIZE " + partial, "EPSV", "RNFR " + partial));
            reply('2');
            port = next == null ? null : reply('2');
            reply('3');
            Path note = job.scratch().resolve(name + ".note");
            if (synced) {
                note(note, path);
            }
            ask("RNTO " + path, '2');
            if (synced) {
                Files.delete(note);
            }
        }
    }

    private List<String> questions(String name) {
        String path = job.remote() + "/" + name;
        return List.of("SIZE " + path, "MDTM " + path);
    }

    private void replies(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            reply('2');
        }
    }

    private SocketChannel connect() throws IOException {
        Matcher number = PORT.matcher(Objects.requireNonNull(port));
        if (!number.find()) {
            throw new IOException("no port");
        }
        return SocketChannel.open(new InetSocketAddress(job.host(), Integer.parseInt(number.group(1))));
    }

    private void note(Path file, String text) throws IOException {
        Path draft = file.resolveSibling(file.getFileName() + ".new");
        append(draft, text);
        Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        force(job.scratch());
    }

    private void append(Path file, String text) throws IOException {
        try (FileChannel out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            out.write(ByteBuffer.wrap((text + "\n").getBytes(StandardCharsets.UTF_8)));
            out.force(true);
        }
    }

    private void force(Path directory) throws IOException {
        try (FileChannel entries = FileChannel.open(directory)) {
            entries.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        control.close();
    }
}
