package io.ferry.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.Content;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What does not end as a zlib stream ends never looks like the end of a file. */
class InflationTest {

    private static final byte[] PLAIN = new byte[5_000];

    static {
        System.arraycopy(Content.bytes(1_000, 1), 0, PLAIN, 2_000, 1_000);
    }

    private static byte[] deflated(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    private static byte[] inflated(byte[] sent) throws IOException {
        try (Inflation in = new Inflation(new ByteArrayInputStream(sent))) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5_000, 1_000_000})
    void inflatesWhatWasDeflated(int size) throws Exception {
        byte[] plain = Content.bytes(size, 2);
        assertThat(inflated(deflated(plain))).isEqualTo(plain);
    }

    @Test
    void cutAnywhereIsACut() throws Exception {
        byte[] sent = deflated(PLAIN);
        for (int length = 0; length < sent.length; length++) {
            byte[] cut = Arrays.copyOf(sent, length);
            assertThatThrownBy(() -> inflated(cut)).as("%d bytes", length).isInstanceOf(EOFException.class);
        }
    }

    /** Some bits say nothing: those between the end of the data and their checksum. */
    @Test
    void damageAnywhereIsSeenOrDoesNone() throws Exception {
        byte[] sent = deflated(PLAIN);
        int seen = 0;
        for (int at = 0; at < sent.length; at++) {
            byte[] damaged = sent.clone();
            damaged[at] ^= 0x10;
            try {
                assertThat(inflated(damaged)).as("byte %d", at).isEqualTo(PLAIN);
            } catch (ZipException | EOFException e) {
                seen++;
            }
        }
        assertThat(seen).isGreaterThan(sent.length - 3);
    }

    @Test
    void nothingMayFollow() throws Exception {
        byte[] sent = deflated(PLAIN);
        byte[] longer = Arrays.copyOf(sent, sent.length + 1);
        assertThatThrownBy(() -> inflated(longer))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("follows");
        byte[] twice = Arrays.copyOf(sent, sent.length + (1 << 17));
        assertThatThrownBy(() -> inflated(twice))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("follows");
    }

    @Test
    void aPresetDictionaryIsRefused() {
        Deflater deflater = new Deflater();
        deflater.setDictionary(new byte[] {1, 2, 3});
        deflater.setInput(PLAIN);
        deflater.finish();
        byte[] sent = new byte[PLAIN.length];
        int length = deflater.deflate(sent);
        deflater.end();
        assertThatThrownBy(() -> inflated(Arrays.copyOf(sent, length)))
                .isInstanceOf(ZipException.class)
                .hasMessageContaining("dictionary");
    }

    @Test
    void nothingIsReadAheadOfWhatIsAskedFor() throws Exception {
        byte[] bomb = deflated(new byte[50 << 20]);
        try (Inflation in = new Inflation(new ByteArrayInputStream(bomb))) {
            byte[] block = new byte[100];
            assertThat(in.read(block, 10, 20)).isEqualTo(20);
            assertThat(in.read(block, 0, 0)).isZero();
        }
    }
}
