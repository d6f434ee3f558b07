package io.ferry.bench;

import io.ferry.testkit.Await;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A network namespace at the other end of a long line: the kernel's netem between two virtual devices, or, where the kernel has
 * none, {@link LinkMain} between two TUN devices. Real TCP on both ends either way, with an MTU of 1,500. Needs root and iproute2.
 * It owns the namespace, the devices and the process; {@link #close} ends them.
 */
final class Line implements AutoCloseable {
    /** Makes two TUN devices its standard input and output, and becomes the program that is named next. */
    private static final String ATTACH = """
            import fcntl, os, struct, sys
            for fd, name in enumerate(sys.argv[1:3]):
                tun = os.open("/dev/net/tun", os.O_RDWR)
                fcntl.ioctl(tun, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x1001))
                os.dup2(tun, fd)
                os.close(tun)
            os.execv(sys.argv[3], sys.argv[3:])
            """;

    /** Lines of one process differ in it; those of two are not likely to meet. */
    private static final AtomicInteger NUMBER =
            new AtomicInteger(ThreadLocalRandom.current().nextInt(256));

    private final int number = NUMBER.getAndIncrement();
    private final String name = "ferry" + ThreadLocalRandom.current().nextInt(1_000, 10_000);
    private final String near = name + "a";
    private final String far = name + "b";
    private final String subnet = "10.77." + number % 256;
    private final Thread hook = new Thread(this::dismantle, "ferry-line-hook");
    private final Path output;
    private Process emulator;
    private String means = "";

    private Line(Path scratch) {
        output = scratch.resolve("line.txt");
    }

    /** One at a time: the first namespace prepares the machine for all. Throws an {@link IOException} that says what it lacks. */
    static synchronized Line open(Scene.Shape shape, String congestion, Path scratch) throws IOException {
        Line line = new Line(scratch);
        Runtime.getRuntime().addShutdownHook(line.hook);
        try {
            line.lay(shape, congestion);
            return line;
        } catch (IOException | RuntimeException | Error e) {
            line.close();
            throw e;
        }
    }

    /** Where the server listens. */
    String address() {
        return subnet + ".2";
    }

    /** What starts a program in the namespace and becomes it. */
    List<String> starter() {
        return List.of("ip", "netns", "exec", name);
    }

    /** What the line is made of, for readers. */
    String means() {
        return means;
    }

    private void lay(Scene.Shape shape, String congestion) throws IOException {
        run("ip", "netns", "add", name);
        if (netem(shape)) {
            means = "network namespace, netem";
        } else {
            tun(shape);
            means = "network namespace, emulated link between two TUN devices";
        }
        run("ip", "addr", "add", subnet + ".1/30", "dev", near);
        run("ip", "link", "set", near, "up");
        inside("ip", "addr", "add", address() + "/30", "dev", far);
        inside("ip", "link", "set", far, "up");
        inside("ip", "link", "set", "lo", "up");
        inside("sh", "-c", "echo " + congestion + " >/proc/sys/net/ipv4/tcp_congestion_control");
    }

    private boolean netem(Scene.Shape shape) throws IOException {
        run("ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", name);
        List<String> qdisc = List.of(
                "root",
                "netem",
                "limit",
                "100000",
                "delay",
                shape.rttMillis() * 500 + "us",
                "rate",
                shape.megabits() + "mbit",
                "loss",
                shape.lossPercent() + "%");
        List<String> here = new ArrayList<>(List.of("tc", "qdisc", "add", "dev", near));
        here.addAll(qdisc);
        try {
            run(here.toArray(String[]::new));
        } catch (IOException e) {
            run("ip", "link", "del", near);
            return false;
        }
        List<String> there = new ArrayList<>(List.of("tc", "qdisc", "add", "dev", far));
        there.addAll(qdisc);
        inside(there.toArray(String[]::new));
        return true;
    }

    private void tun(Scene.Shape shape) throws IOException {
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", "-c", ATTACH, near, far));
        command.addAll(ChildMain.java(
                "512m",
                LinkMain.class,
                String.valueOf(shape.rttMillis()),
                String.valueOf(shape.megabits()),
                String.valueOf(shape.lossPercent()),
                String.valueOf(ProcessHandle.current().pid())));
        emulator = new ProcessBuilder(command).redirectError(output.toFile()).start();
        boolean there = Await.holds(
                Duration.ofSeconds(20), () -> !emulator.isAlive() || Files.isDirectory(Path.of("/sys/class/net", far)));
        if (!there || !emulator.isAlive()) {
            throw new IOException("neither netem nor TUN devices: " + Files.readString(output));
        }
        run("ip", "link", "set", far, "netns", name);
        run("ip", "link", "set", near, "txqueuelen", "5000");
        inside("ip", "link", "set", far, "txqueuelen", "5000");
    }

    private void inside(String... command) throws IOException {
        List<String> all = new ArrayList<>(starter());
        all.addAll(List.of(command));
        run(all.toArray(String[]::new));
    }

    private static void run(String... command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try (InputStream text = process.getInputStream()) {
            String said = new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", command) + ": " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private void dismantle() {
        if (emulator != null) {
            emulator.destroyForcibly();
        }
        for (String[] command : new String[][] {{"ip", "netns", "del", name}, {"ip", "link", "del", near}}) {
            try {
                run(command);
            } catch (IOException ignored) {
                // it is gone
            }
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(hook);
        dismantle();
    }
}
