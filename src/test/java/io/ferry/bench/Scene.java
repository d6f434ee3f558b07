package io.ferry.bench;

/**
 * One case of the benchmark that moves files: which, how, and over what.
 *
 * @param id what selects it, for example "small-down"
 * @param title for readers
 * @param size of each file, in bytes
 * @param disk real disk on both sides; false is memory-backed
 * @param line null for the loopback interface
 */
record Scene(String id, String title, boolean down, int files, long size, boolean disk, boolean tls, Shape line) {

    /**
     * A long line.
     *
     * @param rttMillis time there and back, without queueing
     * @param megabits rate in either direction, in 10^6 bits per second
     * @param lossPercent packets lost at random, in either direction
     */
    record Shape(int rttMillis, int megabits, double lossPercent) {
        @Override
        public String toString() {
            return "%d ms, %s, %s %% loss"
                    .formatted(
                            rttMillis,
                            megabits >= 1000 ? megabits / 1000 + " Gbit/s" : megabits + " Mbit/s",
                            lossPercent == Math.rint(lossPercent)
                                    ? String.valueOf((long) lossPercent)
                                    : String.valueOf(lossPercent));
        }
    }

    boolean single() {
        return files == 1;
    }

    /** What runs before and does not count. It moves less than the case does, and so has run often when that begins. */
    Scene warmUp() {
        int some = Math.min(files, line == null ? 2_000 : 40);
        return new Scene(id, title, down, some, Math.min(size, line == null ? 32 << 20 : 4 << 20), disk, tls, line);
    }

    /**
     * Whether its clients wait for the line, rather than for a processor: for round trips, or for what the line loses. Such
     * cases do not meet when they run at the same time, each on a line of its own.
     */
    boolean waits() {
        return line != null && (!single() || line.lossPercent() >= 1);
    }

    double gib() {
        return files * (double) size / (1L << 30);
    }
}
