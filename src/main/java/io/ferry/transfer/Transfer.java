package io.ferry.transfer;

/**
 * Which transfer an event belongs to. One object stands for one transfer: compare by identity.
 *
 * @param direction from or to the server
 * @param partner {@code ftp://user@host:port}
 * @param path the remote path under its final name
 */
public record Transfer(Direction direction, String partner, String path) {

    /** Which way the bytes go. */
    public enum Direction {
        /** From the server to the local disk. */
        DOWNLOAD,
        /** From the local disk to the server. */
        UPLOAD
    }

    /** The last segment of the path. */
    public String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
