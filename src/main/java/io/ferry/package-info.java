/** Ferry as an application: the launcher, and {@link io.ferry.FerryRoutes}, the entry for contexts that embed it. */
@NullMarked
package io.ferry;

import org.jspecify.annotations.NullMarked;
