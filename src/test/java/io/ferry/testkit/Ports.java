package io.ferry.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Port numbers to be bound later, by this JVM or a program that it starts. They lie below those that the kernel hands out by
 * itself (from 32768 on, unless somebody has told it otherwise), in a block that belongs to this JVM alone among all that run
 * these tests: it holds the block's first port until it ends. So nobody binds such a port in between, and one that is left
 * alone refuses connections.
 */
public final class Ports {
    private static final int FIRST = 20 * 512;
    static final int BLOCK = 512;
    private static final int BLOCKS = (32_768 - FIRST) / BLOCK;

    /** Never closed: the end of the JVM gives the block back. */
    private static final Socket MARK = mark();

    private static int last;

    private Ports() {}

    /** A port that is free on all addresses. Numbers come round again after some hundred others. */
    public static int free() {
        return free(1).get(0);
    }

    /** So many free ports in a row, at most 16. */
    static synchronized List<Integer> free(int count) {
        for (int tried = 0; tried < BLOCK; tried++) {
            int begin = last + 1 + count > BLOCK ? 1 : last + 1;
            List<Integer> ports = IntStream.range(begin, begin + count)
                    .map(each -> MARK.getLocalPort() + each)
                    .boxed()
                    .toList();
            if (ports.stream().allMatch(Ports::isFree)) {
                last = begin + count - 1;
                return ports;
            }
            last = begin;
        }
        throw new IllegalStateException("no free ports above " + MARK.getLocalPort());
    }

    /** Whether nobody listens at it, on any address. */
    static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    private static Socket mark() {
        int begin = (int) (ProcessHandle.current().pid() % BLOCKS);
        for (int block = 0; block < BLOCKS; block++) {
            Socket socket = new Socket();
            try {
                // Two sockets may share a port that both are ready to reuse.
                socket.setReuseAddress(false);
                socket.bind(new InetSocketAddress(Local.HOST, FIRST + (begin + block) % BLOCKS * BLOCK));
                return socket;
            } catch (IOException e) {
                Local.closeQuietly(socket); // another JVM's
            }
        }
        throw new IllegalStateException("all ports belong to others");
    }
}
