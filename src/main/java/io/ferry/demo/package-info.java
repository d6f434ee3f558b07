/**
 * A demonstration in the same process: an FTP server with sample files that cuts the line once in each direction. It exists
 * only where {@code ferry.demo.enabled=true}.
 */
@NullMarked
package io.ferry.demo;

import org.jspecify.annotations.NullMarked;
