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
 * The limit of a download: bytes from a socket to a file, with no protocol at all. The other end is a process of its own, which like
 * vsftpd sends with sendfile; its start does not count.
 */
public final class RawCopy implements Contender.Client {
    private static final int BLOCK = 1 << 20;

    private final Path served;

    /** @param served the directory that the other end reads from */
    RawCopy(Path served) {
        this.served = served;
    }

    @Override
    public long run(Job job) throws Exception {
        try (ServerSocketChannel door = ServerSocketChannel.open()) {
            door.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            String port = String.valueOf(((InetSocketAddress) door.getLocalAddress()).getPort());
            Path there = served.resolve(job.remote()).resolve(Job.name(0));
            Process other = new ProcessBuilder(ChildMain.java("64m", RawCopy.class, port, there.toString()))
                    .inheritIO()
                    .start();
            long taken;
            try (SocketChannel socket = door.accept()) {
                socket.read(ByteBuffer.allocate(1)); // it is ready
                long start = System.nanoTime();
                socket.write(ByteBuffer.wrap(new byte[1]));
                receive(socket, job.local().resolve(Job.name(0)));
                taken = System.nanoTime() - start;
            }
            if (other.waitFor() != 0) {
                throw new IOException("the other end failed");
            }
            return taken;
        }
    }

    /** The other end: the port, the file. */
    public static void main(String[] arguments) throws IOException {
        SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
        try (SocketChannel socket = SocketChannel.open(address);
                FileChannel in = FileChannel.open(Path.of(arguments[1]))) {
            socket.write(ByteBuffer.wrap(new byte[1]));
            socket.read(ByteBuffer.allocate(1));
            long size = in.size();
            for (long at = 0; at < size; ) {
                at += in.transferTo(at, size - at, socket);
            }
        }
    }

    private static void receive(SocketChannel socket, Path file) throws IOException {
        ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
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
