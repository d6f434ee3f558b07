/** Bytes on their way: the block copy, the partial file on the local disk, digests of files. Knows java.io and java.nio only. */
@NullMarked
package io.ferry.stream;

import org.jspecify.annotations.NullMarked;
