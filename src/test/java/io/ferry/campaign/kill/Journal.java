package io.ferry.campaign.kill;

import io.ferry.testkit.Content;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.camel.Exchange;

/**
 * What a route has had, written down by the route itself: a bean in the killed process, none of Ferry's code. Each delivery is
 * one line, synced before the route goes on.
 *
 * <p>The system property {@value #STOP_AT} names one of its steps and a count, such as {@code journaled:2}: there the process
 * says {@value #STOPPED} on its output and stands still, for the test to kill it.
 */
public final class Journal {

    static final String STOP_AT = "ferry.kill.at";
    static final String STOPPED = "stopped at ";

    /** A route's steps, in their order. */
    enum Step {
        /** The file is in the work directory, the route has just begun. */
        BEGUN,
        /** The file has its final name, the journal does not know it yet. */
        STORED,
        /** The journal has the line; the route's last step has not returned. */
        JOURNALED
    }

    /** One delivery. */
    record Line(String deliveryId, boolean possibleDuplicate, String name, String sha256) {}

    private static final Path FILE = Path.of("journal");
    private static final AtomicInteger VISITS = new AtomicInteger();

    private Journal() {}

    /** The first step of the route. */
    public static void begun(Exchange exchange) {
        pass(Step.BEGUN);
    }

    /** The last step of the route, after the file: endpoint. */
    public static void stored(Exchange exchange) throws IOException {
        pass(Step.STORED);
        Path file = Path.of(exchange.getMessage().getHeader(Exchange.FILE_NAME_PRODUCED, String.class));
        String line = String.join(
                "\t",
                exchange.getMessage().getHeader("CamelFerryDeliveryId", String.class),
                String.valueOf(exchange.getMessage().getHeader("CamelFerryPossibleDuplicate")),
                file.getFileName().toString(),
                Content.sha256(file));
        try (FileChannel journal = FileChannel.open(
                FILE, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND)) {
            journal.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
            journal.force(true);
        }
        pass(Step.JOURNALED);
    }

    private static void pass(Step step) {
        String[] wanted = System.getProperty(STOP_AT, "").split(":");
        if (!wanted[0].equals(step.name()) || VISITS.incrementAndGet() != Integer.parseInt(wanted[1])) {
            return;
        }
        System.out.println(STOPPED + step);
        while (true) {
            LockSupport.park();
        }
    }

    /** The value of {@link #STOP_AT} that stops at a step when it is reached for the n-th time. */
    static String at(Step step, int visit) {
        return String.format(Locale.ROOT, "%s:%d", step, visit);
    }

    /** What was delivered into this folder so far, in order. */
    static List<Line> read(Path folder) throws IOException {
        Path file = folder.resolve(FILE);
        if (!Files.exists(file)) {
            return List.of();
        }
        return Files.readAllLines(file).stream().map(Journal::parse).toList();
    }

    private static Line parse(String text) {
        String[] fields = text.split("\t", -1);
        if (fields.length != 4 || !List.of("true", "false").contains(fields[1])) {
            throw new AssertionError("no line of a journal: " + text);
        }
        return new Line(fields[0], Boolean.parseBoolean(fields[1]), fields[2], fields[3]);
    }
}
