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
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The limit for many files: the two commands that each of them needs at least (EPSV, and RETR or STOR), over as many sessions as
 * Ferry uses, and the bytes straight to or from files under their final names. It lists nothing, verifies nothing, renames nothing,
 * syncs nothing, keeps no record, and has no deadline: what it leaves of two processors is what the server takes.
 */
final class RawFiles implements Contender.Client {
    private static final Pattern PORT = Pattern.compile("\\|\\|\\|(\\d+)\\|");

    private final int sessions;

    RawFiles(int sessions) {
        this.sessions = sessions;
    }

    @Override
    public long run(Job job) throws Exception {
        AtomicInteger next = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(sessions);
        try {
            long start = System.nanoTime();
            List<Future<Void>> all = new ArrayList<>();
            for (int i = 0; i < sessions; i++) {
                Callable<Void> work = () -> {
                    work(job, next);
                    return null;
                };
                all.add(threads.submit(work));
            }
            for (Future<Void> each : all) {
                each.get();
            }
            return System.nanoTime() - start;
        } finally {
            threads.shutdownNow();
        }
    }

    private static void work(Job job, AtomicInteger next) throws IOException {
        try (Session session = new Session(job)) {
            for (int i = next.getAndIncrement(); i < job.files(); i = next.getAndIncrement()) {
                session.transfer(job, Job.name(i));
            }
        }
    }

    private static final class Session implements AutoCloseable {
        private final Socket control;
        private final BufferedReader replies;
        private final ByteBuffer block = ByteBuffer.allocateDirect(64 << 10);

        Session(Job job) throws IOException {
            control = new Socket(job.host(), job.port());
            control.setTcpNoDelay(true);
            replies = new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8));
            reply('2');
            ask("USER " + job.user(), '3');
            ask("PASS " + job.password(), '2');
            ask("TYPE I", '2');
        }

        private String ask(String command, char expected) throws IOException {
            control.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
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

        private void transfer(Job job, String name) throws IOException {
            Matcher port = PORT.matcher(ask("EPSV", '2'));
            if (!port.find()) {
                throw new IOException("no port");
            }
            String path = job.remote() + "/" + name;
            try (SocketChannel data =
                    SocketChannel.open(new InetSocketAddress(job.host(), Integer.parseInt(port.group(1))))) {
                ask((job.down() ? "RETR " : "STOR ") + path, '1');
                if (job.down()) {
                    receive(data, job, name);
                } else {
                    send(data, job, name);
                }
            }
            reply('2');
        }

        private void receive(SocketChannel data, Job job, String name) throws IOException {
            try (FileChannel out = FileChannel.open(
                    job.local().resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                while (data.read(block.clear()) >= 0) {
                    out.write(block.flip());
                }
            }
        }

        private void send(SocketChannel data, Job job, String name) throws IOException {
            try (FileChannel in = FileChannel.open(job.local().resolve(name))) {
                while (in.read(block.clear()) >= 0) {
                    block.flip();
                    while (block.hasRemaining()) {
                        data.write(block);
                    }
                }
            }
        }

        @Override
        public void close() throws IOException {
            control.close();
        }
    }
}
