package io.ferry.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The limit: bytes between a socket and a file, with no protocol at all. The other end is a process of its own, which like
 * vsftpd sends with sendfile and receives with a small buffer; its start does not count.
 */
public final class RawCopy implements Contender.Client {
    private static final int BLOCK = 1 << 20;
    private static final int RECEIVER_BLOCK = 64 << 10;

    private final Path served;

    /** @param served the directory that the other end reads from, or writes to */
    RawCopy(Path served) {
        this.served = served;
    }

    @Override
    public long run(Job job) throws Exception {
        Path local = job.local().resolve(Job.name(0));
        try (ServerSocketChannel door = ServerSocketChannel.open()) {
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String port = String.valueOf(((InetSocketAddress) door.getLocalAddress()).getPort());
            Path there = served.resolve(job.remote()).resolve(Job.name(0));
            Process other = new ProcessBuilder(ChildMain.java(
                            "64m", RawCopy.class, job.down() ? "send" : "receive", port, there.toString()))
                    .inheritIO()
                    .start();
            long taken;
            try (SocketChannel socket = door.accept()) {
                socket.read(ByteBuffer.allocate(1)); // it is ready
                long start = System.nanoTime();
                if (job.down()) {
                    socket.write(ByteBuffer.wrap(new byte[1]));
                    receive(socket, local, BLOCK);
                    taken = System.nanoTime() - start;
                } else {
                    send(local, socket);
                    socket.shutdownOutput();
                    socket.read(ByteBuffer.allocate(1)); // it has all
                    taken = System.nanoTime() - start;
                }
            }
            if (other.waitFor() != 0) {
                throw new IOException("the other end failed");
            }
            return taken;
        }
    }

    /** The other end: send or receive, the port, the file. */
    public static void main(String[] arguments) throws IOException {
        SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
        Path file = Path.of(arguments[2]);
        try (SocketChannel socket = SocketChannel.open(address)) {
            socket.write(ByteBuffer.wrap(new byte[1]));
            if (arguments[0].equals("send")) {
                socket.read(ByteBuffer.allocate(1));
                send(file, socket);
            } else {
                receive(socket, file, RECEIVER_BLOCK);
                socket.write(ByteBuffer.wrap(new byte[1]));
            }
        }
    }

    private static void send(Path file, SocketChannel socket) throws IOException {
        try (FileChannel in = FileChannel.open(file)) {
            long size = in.size();
            for (long at = 0; at < size; ) {
                at += in.transferTo(at, size - at, socket);
            }
        }
    }

    private static void receive(SocketChannel socket, Path file, int size) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(size);
        try (FileChannel out = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            while (socket.read(block) >= 0) {
                block.flip();
                while (block.hasRemaining()) {
                    out.write(block);
                }
                block.clear();
            }
        }
    }
}
