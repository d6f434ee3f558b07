/**
 * Ferry in Camel: the {@code ferry-ftp} and {@code ferry-ftps} endpoints and the {@code FtpTransferProcessor}. Both doors
 * translate an exchange into a transfer and its result into headers; no byte moves here.
 */
@NullMarked
package io.ferry.camel;

import org.jspecify.annotations.NullMarked;
