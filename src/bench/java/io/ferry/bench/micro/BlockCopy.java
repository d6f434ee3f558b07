package io.ferry.bench.micro;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The loop that carries blocks from a socket to a file, over block sizes and in the two ways that Java has for it. The score is
 * {@link #MEGABYTES} MiB in milliseconds. A thread of this JVM sends without end; the file lies in memory where there is /dev/shm.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 1)
public class BlockCopy {
    static final int MEGABYTES = 64;
    private static final long TOTAL = (long) MEGABYTES << 20;

    @Param({"8", "32", "64", "128", "256", "512", "1024", "4096"})
    int blockKib;

    private Path file;
    private ServerSocketChannel door;
    private SocketChannel sent;
    private SocketChannel received;
    private FileChannel target;
    private RandomAccessFile opened;
    private ByteBuffer direct;
    private byte[] array;

    @Setup(Level.Trial)
    public void begin() throws IOException {
        Path memory = Path.of("/dev/shm");
        file = Files.isDirectory(memory)
                ? Files.createTempFile(memory, "ferry-jmh", "")
                : Files.createTempFile("ferry-jmh", "");
        opened = new RandomAccessFile(file.toFile(), "rw");
        target = opened.getChannel();
        direct = ByteBuffer.allocateDirect(blockKib << 10);
        array = new byte[blockKib << 10];
        door = ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        sent = SocketChannel.open(door.getLocalAddress());
        received = door.accept();
        Thread sender = new Thread(this::send, "ferry-jmh-sender");
        sender.setDaemon(true);
        sender.start();
    }

    @TearDown(Level.Trial)
    public void end() throws IOException {
        received.close();
        sent.close();
        door.close();
        opened.close();
        Files.delete(file);
    }

    private void send() {
        ByteBuffer block = ByteBuffer.allocateDirect(1 << 20);
        try {
            while (true) {
                block.clear();
                while (block.hasRemaining()) {
                    sent.write(block);
                }
            }
        } catch (IOException e) {
            // the trial is over
        }
    }

    /** A direct buffer between two channels. */
    @Benchmark
    public long channels() throws IOException {
        target.position(0);
        for (long left = TOTAL; left > 0; ) {
            direct.clear().limit((int) Math.min(direct.capacity(), left));
            int count = received.read(direct);
            if (count < 0) {
                throw new IOException("the sender has ended");
            }
            direct.flip();
            while (direct.hasRemaining()) {
                target.write(direct);
            }
            left -= count;
        }
        return target.position();
    }

    /** An array between a stream and a file. */
    @Benchmark
    public long streams() throws IOException {
        opened.seek(0);
        InputStream in = received.socket().getInputStream();
        for (long left = TOTAL; left > 0; ) {
            int count = in.read(array, 0, (int) Math.min(array.length, left));
            if (count < 0) {
                throw new IOException("the sender has ended");
            }
            opened.write(array, 0, count);
            left -= count;
        }
        return opened.getFilePointer();
    }
}
