package io.ferry.bench;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A long line between two TUN devices, which are its standard input and its standard output: each packet read from one is
 * written to the other when a line of that rate and length would have brought it, or never. The queue before the line holds
 * what the line carries in one round trip, 256 KiB at least; more is dropped at its end, as routers do.
 */
public final class LinkMain {
    private static final int LARGEST = 65_536;
    private static final long SMALLEST_QUEUE = 256 << 10;

    private LinkMain() {}

    private record Packet(byte[] bytes, long due) {}

    /** Arguments: round trip in milliseconds, 10^6 bits per second, per cent lost, the process to end with. */
    public static void main(String[] arguments) throws InterruptedException {
        long oneWay = Long.parseLong(arguments[0]) * 500_000;
        long megabits = Long.parseLong(arguments[1]);
        double loss = Double.parseDouble(arguments[2]) / 100;
        new Way(FileDescriptor.in, FileDescriptor.out, oneWay, megabits, loss).start();
        new Way(FileDescriptor.out, FileDescriptor.in, oneWay, megabits, loss).start();
        ProcessHandle.of(Long.parseLong(arguments[3]))
                .ifPresent(owner -> owner.onExit().join());
        System.exit(0);
    }

    /** One direction: a thread that takes packets in, and one that hands them on. */
    private static final class Way {
        private final FileInputStream in;
        private final FileOutputStream out;
        private final long oneWay;
        private final long megabits;
        private final double loss;
        private final long room;
        private final AtomicLong queued = new AtomicLong();
        private final BlockingQueue<Packet> packets = new LinkedBlockingQueue<>();

        Way(FileDescriptor from, FileDescriptor to, long oneWay, long megabits, double loss) {
            in = new FileInputStream(from);
            out = new FileOutputStream(to);
            this.oneWay = oneWay;
            this.megabits = megabits;
            this.loss = loss;
            // What is under way counts too: another half of a round trip.
            room = Math.max(SMALLEST_QUEUE, megabits * 1_000_000 / 8 * 3 * oneWay / 1_000_000_000);
        }

        void start() {
            new Thread(this::take, "ferry-link-in").start();
            new Thread(this::give, "ferry-link-out").start();
        }

        private void take() {
            byte[] block = new byte[LARGEST];
            long free = System.nanoTime();
            while (true) {
                int count = read(block);
                if (count <= 0) {
                    continue; // the device is not up yet
                }
                if (ThreadLocalRandom.current().nextDouble() < loss || queued.get() + count > room) {
                    continue;
                }
                free = Math.max(free, System.nanoTime()) + count * 8_000L / megabits;
                queued.addAndGet(count);
                packets.add(new Packet(Arrays.copyOf(block, count), free + oneWay));
            }
        }

        private int read(byte[] block) {
            try {
                return in.read(block);
            } catch (IOException e) {
                LockSupport.parkNanos(10_000_000);
                return 0;
            }
        }

        private void give() {
            while (true) {
                try {
                    Packet packet = packets.take();
                    for (long early = packet.due() - System.nanoTime(); early > 0; ) {
                        LockSupport.parkNanos(early);
                        early = packet.due() - System.nanoTime();
                    }
                    queued.addAndGet(-packet.bytes().length);
                    out.write(packet.bytes());
                } catch (IOException ignored) {
                    // the device is down: the packet is lost
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }
}
