package io.ferry.bench;

/**
 * One run of one contender.
 *
 * @param seconds by the contender's clock
 * @param cpuSeconds of the client alone, user and system; NaN where others run at the same time
 * @param peakKib largest resident set; 0 in the warm JVM, which it would say nothing about
 */
record Measured(double seconds, double cpuSeconds, long peakKib) {}
