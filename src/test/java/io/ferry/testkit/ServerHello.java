package io.ferry.testkit;

import java.nio.ByteBuffer;

/**
 * The first bytes of a TLS server as they cross the line, in plain text, which say whether it resumes an earlier session: TLS 1.3
 * by the extension pre_shared_key (RFC 8446, 4.1.3), TLS 1.2 by sending no certificate (RFC 5246, 7.3).
 */
public final class ServerHello {
    private static final int HANDSHAKE = 22;
    private static final int SERVER_HELLO = 2;
    private static final int CERTIFICATE = 11;
    private static final int PRE_SHARED_KEY = 41;
    private static final int SUPPORTED_VERSIONS = 43;

    private ServerHello() {}

    /** Whether the server resumes a session; bytes that are no ServerHello are an error. */
    public static boolean resumes(byte[] sent) {
        ByteBuffer bytes = ByteBuffer.wrap(sent);
        if (bytes.get() != HANDSHAKE) {
            throw new IllegalArgumentException("no TLS handshake");
        }
        bytes.getShort();
        int end = bytes.getShort() + 5;
        if (bytes.get() != SERVER_HELLO) {
            throw new IllegalArgumentException("no ServerHello");
        }
        int length = (bytes.get() & 0xff) << 16 | (bytes.getShort() & 0xffff);
        int next = bytes.position() + length;
        skip(bytes, 34);
        skip(bytes, bytes.get());
        skip(bytes, 5);
        boolean resumes = false;
        while (bytes.position() < next) {
            int extension = bytes.getShort();
            skip(bytes, bytes.getShort());
            if (extension == SUPPORTED_VERSIONS) {
                return resumes || hasKey(bytes, next);
            }
            resumes |= extension == PRE_SHARED_KEY;
        }
        // A message of its own record, or the next one of this.
        int message = next < end ? sent[next] : sent[next] == HANDSHAKE ? sent[next + 5] : -1;
        return message != CERTIFICATE;
    }

    private static boolean hasKey(ByteBuffer bytes, int end) {
        while (bytes.position() < end) {
            if (bytes.getShort() == PRE_SHARED_KEY) {
                return true;
            }
            skip(bytes, bytes.getShort());
        }
        return false;
    }

    private static void skip(ByteBuffer bytes, int count) {
        bytes.position(bytes.position() + count);
    }
}
