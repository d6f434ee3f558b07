package io.ferry.session;

/** How a data connection carries what is transferred. */
enum DataForm {
    /** As it is. */
    BYTES,
    /** As lines that end with CR LF (TYPE A). */
    TEXT,
    /** As a zlib stream (MODE Z); only ever read. */
    DEFLATED
}
