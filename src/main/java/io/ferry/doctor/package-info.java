/**
 * The doctor: examines a partner check by check, says what each finding means and what to do, and writes the route that fits. It
 * knows sessions only, and moves no files but its own.
 */
@NullMarked
package io.ferry.doctor;

import org.jspecify.annotations.NullMarked;
