package io.ferry.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The lines of a control connection, as bytes and as text. Owns nothing. */
final class ControlLines {
    private ControlLines() {}

    /** The line with its end, or null at the end of the stream. */
    static byte[] read(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int octet = in.read(); octet >= 0; octet = in.read()) {
            line.write(octet);
            if (octet == '\n') {
                return line.toByteArray();
            }
        }
        return line.size() == 0 ? null : line.toByteArray();
    }

    /** The line without its end and without the Telnet bytes that may come before ABOR. */
    static String text(byte[] raw) {
        int from = 0;
        while (from < raw.length && (raw[from] & 0xff) >= 0xf0) {
            from++;
        }
        return new String(raw, from, raw.length - from, StandardCharsets.UTF_8).stripTrailing();
    }

    static String verb(String line) {
        return line.split(" ", 2)[0].toUpperCase(Locale.ROOT);
    }

    static byte[] bytes(String line) {
        return (line.endsWith("\r\n") ? line : line + "\r\n").getBytes(StandardCharsets.UTF_8);
    }
}
