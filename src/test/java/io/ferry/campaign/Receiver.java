package io.ferry.campaign;

import io.ferry.campaign.FaultPlan.PlannedFile;
import io.ferry.testkit.Content;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;

/**
 * The receiver of uploads that waits for nothing: each file is moved out of the directory the moment that its final name
 * appears. What it takes must be the whole file, once. It owns one thread, which {@link #close()} ends.
 */
final class Receiver implements AutoCloseable {
    private final RemoteFiles remote;
    private final String directory;
    private final List<PlannedFile> awaited;
    private final List<String> taken = new CopyOnWriteArrayList<>();
    private final List<String> wrong = new CopyOnWriteArrayList<>();
    private final Thread thread;
    private volatile boolean closed;

    /** Takes these files; with none it only waits for its end. */
    Receiver(String name, RemoteFiles remote, String directory, List<PlannedFile> awaited) {
        this.remote = remote;
        this.directory = directory;
        this.awaited = awaited;
        thread = new Thread(this::run, "receiver of " + name);
        thread.setDaemon(true);
        if (!awaited.isEmpty()) {
            thread.start();
        }
    }

    /** The names of what was taken, in order; twice where it came twice. */
    List<String> taken() {
        return List.copyOf(taken);
    }

    /** What was taken and was not the whole file, or came again. */
    List<String> wrong() {
        return List.copyOf(wrong);
    }

    private void run() {
        try {
            while (!closed) {
                look();
                LockSupport.parkNanos(200_000);
            }
            look();
        } catch (IOException e) {
            wrong.add("the receiver ended: " + e);
        }
    }

    private void look() throws IOException {
        for (PlannedFile file : awaited) {
            byte[] content = remote.take(directory + "/" + file.name());
            if (content == null) {
                continue;
            }
            if (taken.contains(file.name())) {
                wrong.add(file.name() + " was sent again after the receiver had taken it");
            }
            taken.add(file.name());
            try {
                Content.assertIs(content, file.size(), file.seed());
            } catch (AssertionError e) {
                wrong.add(file.name() + " was taken half: " + e.getMessage());
            }
        }
    }

    @Override
    public void close() {
        closed = true;
        try {
            thread.join(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
