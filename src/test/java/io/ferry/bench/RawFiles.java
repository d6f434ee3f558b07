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
 * The limit for many files: the commands that each of them needs, over as many sessions as Ferry uses, and the bytes straight to or
 * from files under their final names. It lists nothing, syncs nothing, keeps no record, and has no deadline: what it leaves of two
 * processors is what the server takes. Each file needs two commands at least (EPSV, and RETR or STOR); to know which version it
 * got, or to show only a whole one, it needs those that Ferry sends as well, as few at a time as Ferry does: SIZE and MDTM before
 * and after RETR; SIZE, RNFR and RNTO after STOR.
 */
final class RawFiles implements Contender.Client {
    private static final Pattern PORT = Pattern.compile("\\|\\|\\|(\\d+)\\|");

    private static final int MOST_SESSIONS = 20;

    private final int sessions;
    private final boolean checked;

    /** @param checked whether it sends the commands by which a version is told and a file is renamed into place */
    RawFiles(int sessions, boolean checked) {
        this.sessions = sessions;
        this.checked = checked;
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

    private void work(Job job, AtomicInteger next) throws IOException {
        int i = next.getAndIncrement();
        for (int opened = 1; i < job.files(); opened++) {
            try (Session session = new Session(job)) {
                while (i < job.files()) {
                    session.transfer(job, Job.name(i), checked);
                    i = next.getAndIncrement();
                }
            } catch (IOException e) {
                // At such a rate vsftpd now and then finds no free port for EPSV, and ends the session over it.
                if (opened == MOST_SESSIONS) {
                    throw e;
                }
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

        /** Sends commands in one go. */
        private void tell(String... commands) throws IOException {
            String text = String.join("\r\n", commands) + "\r\n";
            control.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        }

        private String ask(String command, char expected) throws IOException {
            tell(command);
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

        private void transfer(Job job, String name, boolean checked) throws IOException {
            String path = job.remote() + "/" + name;
            String way = job.down() ? "RETR " + path : "STOR " + path + (checked ? ".part" : "");
            if (checked && job.down()) {
                tell("SIZE " + path, "MDTM " + path, "EPSV");
                reply('2');
                reply('2');
            } else {
                tell("EPSV");
            }
            try (SocketChannel data = SocketChannel.open(new InetSocketAddress(job.host(), port()))) {
                ask(way, '1');
                if (job.down()) {
                    receive(data, job, name);
                } else {
                    send(data, job, name);
                }
            }
            if (checked && job.down()) {
                tell("SIZE " + path, "MDTM " + path);
                reply('2');
                reply('2');
            }
            reply('2');
            if (checked && !job.down()) {
                ask("SIZE " + path + ".part", '2');
                ask("RNFR " + path + ".part", '3');
                ask("RNTO " + path, '2');
            }
        }

        private int port() throws IOException {
            Matcher port = PORT.matcher(reply('2'));
            if (!port.find()) {
                throw new IOException("no port");
            }
            return Integer.parseInt(port.group(1));
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
