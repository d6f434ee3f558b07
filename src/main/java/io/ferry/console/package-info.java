/** What a person sees on a terminal: lines, the bars of transfers below them, and numbers as people read them. */
@NullMarked
package io.ferry.console;

import org.jspecify.annotations.NullMarked;
