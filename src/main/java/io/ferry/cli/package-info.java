/**
 * The command line: transfers without a route, and the doctor. Thin commands that translate arguments to the engine and its
 * failures to exit codes; no byte moves here.
 */
@NullMarked
package io.ferry.cli;

import org.jspecify.annotations.NullMarked;
