/**
 * Ferry as an application: the launcher with its commands, what it shows on the console, and {@link io.ferry.FerryRoutes}, the
 * entry for contexts that embed it.
 */
@NullMarked
package io.ferry;

import org.jspecify.annotations.NullMarked;
