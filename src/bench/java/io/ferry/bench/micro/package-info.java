/** Micro-benchmarks (JMH), compiled and run in the profile bench only. */
package io.ferry.bench.micro;
