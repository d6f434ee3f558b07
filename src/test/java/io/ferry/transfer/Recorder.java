package io.ferry.transfer;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A listener that remembers what it heard; safe from any thread. */
public class Recorder implements TransferListener {

    public final List<String> events = new CopyOnWriteArrayList<>();
    public final List<TransferResult> results = new CopyOnWriteArrayList<>();

    @Override
    public void started(Transfer transfer, long size) {
        events.add("started " + transfer.name() + " " + size);
    }

    @Override
    public void resumed(Transfer transfer, long offset, long saved) {
        events.add("resumed at " + offset);
    }

    @Override
    public void restarted(Transfer transfer, String why) {
        events.add("restarted: " + why);
    }

    @Override
    public void interrupted(Transfer transfer, long offset, String why, Duration wait) {
        events.add("interrupted at " + offset + ": " + why);
    }

    @Override
    public void unproven(Transfer transfer, String what) {
        events.add("unproven: " + what);
    }

    @Override
    public void completed(Transfer transfer, TransferResult result) {
        results.add(result);
        events.add("completed");
    }

    @Override
    public void failed(Transfer transfer, TransferException failure) {
        events.add("failed: " + failure.getMessage());
    }

    public long resumes() {
        return events.stream().filter(event -> event.startsWith("resumed at")).count();
    }
}
