/**
 * The benchmark: Ferry beside other clients, on the same files and the same server, in turns. {@code mvn verify -Pbench} runs
 * {@link io.ferry.bench.Bench}; the ordinary build only compiles it.
 */
package io.ferry.bench;
