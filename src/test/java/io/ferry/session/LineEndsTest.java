package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lines keep their text, wherever the blocks that carry them begin and end. */
@DisabledOnOs(OS.WINDOWS)
class LineEndsTest {

    /** Gives a few bytes at a time, as a line does. */
    private static InputStream inPieces(byte[] content, Random random) {
        return new ByteArrayInputStream(content) {
            @Override
            public synchronized int read(byte[] into, int offset, int length) {
                return super.read(into, offset, Math.min(length, 1 + random.nextInt(3)));
            }
        };
    }

    private static String received(String wire, Random random) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        InputStream in = LineEnds.incoming(inPieces(wire.getBytes(StandardCharsets.ISO_8859_1), random));
        byte[] block = new byte[4];
        while (true) {
            int length = 1 + random.nextInt(block.length);
            int count = in.read(block, 0, length);
            if (count < 0) {
                assertThat(in.read(block)).isNegative();
                return text.toString(StandardCharsets.ISO_8859_1);
            }
            assertThat(count).isBetween(1, length);
            text.write(block, 0, count);
        }
    }

    private static String sent(String text, Random random) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        OutputStream out = LineEnds.outgoing(wire);
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        for (int at = 0; at < bytes.length; ) {
            int length = Math.min(bytes.length - at, 1 + random.nextInt(4));
            out.write(bytes, at, length);
            at += length;
        }
        return wire.toString(StandardCharsets.ISO_8859_1);
    }

    private static String plain(String shown) {
        return shown == null ? "" : shown.replace("N", "\n").replace("R", "\r");
    }

    @ParameterizedTest
    @CsvSource({"aRNb, aNb", "RN, N", "aRb, aRb", "R, R", "RR, RR", "RRN, RN", "NR, NR", "aN, aN", "RNRN, NN", ","})
    void whatIsReceived(String wire, String text) throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(received(plain(wire), new Random(seed))).isEqualTo(plain(text));
        }
    }

    @ParameterizedTest
    @CsvSource({"aNb, aRNb", "N, RN", "aRNb, aRNb", "aRb, aRb", "NN, RNRN", "R, R", "RRN, RRN", "NRN, RNRN", ","})
    void whatIsSent(String text, String wire) throws IOException {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(sent(plain(text), new Random(seed))).isEqualTo(plain(wire));
        }
    }

    @Test
    void textThatWasSentIsReceivedAsItWas() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(30); length > 0; length--) {
                text.append("ab\r\n\u00ff".charAt(random.nextInt(5)));
            }
            // A line that ended with CR LF ends like the others afterwards.
            String expected = text.toString().replace("\r\n", "\n");
            assertThat(received(sent(text.toString(), random), random))
                    .as("seed %d", seed)
                    .isEqualTo(expected);
        }
    }
}
