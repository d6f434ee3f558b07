/**
 * The transfer engine: one object per transfer, {@link io.ferry.transfer.Download} and {@link io.ferry.transfer.Upload},
 * each telling its story from the first command to the published file. Here bytes move: down in {@code HeadDownload} and
 * {@code SegmentDownload}, up in {@code RemoteWriter}.
 *
 * <p>Knows sessions and streams; neither Camel nor commons-net.
 */
@NullMarked
package io.ferry.transfer;

import org.jspecify.annotations.NullMarked;
