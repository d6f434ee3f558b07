package io.ferry.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A symbolic link in the place of a partial, or of what lies beside it, is refused or replaced, and never written through. */
class LinksTest {

    private static final byte[] BLOCK = "received".getBytes(StandardCharsets.US_ASCII);

    @TempDir
    Path local;

    private Path victim;
    private Path partial;

    @BeforeEach
    void prepare() throws Exception {
        victim = Files.writeString(local.resolve("victim"), "untouched");
        partial = Files.createDirectories(local.resolve("work")).resolve("file.part");
    }

    @Test
    void partialThatIsALinkIsRefused() throws Exception {
        Files.createSymbolicLink(partial, victim);
        assertThatThrownBy(() -> PartialFile.open(partial, true).close()).hasMessageContaining("symbolic link");
        assertThat(PartialFile.discard(partial)).isFalse();
        assertThat(victim).hasContent("untouched");
    }

    @ParameterizedTest
    @ValueSource(strings = {".record", ".record.new"})
    void recordThatIsALinkIsReplaced(String suffix) throws Exception {
        Path link = partial.resolveSibling(partial.getFileName() + suffix);
        Path target = local.resolve("work/file");
        try (PartialFile file = PartialFile.open(partial, true)) {
            file.append(ByteBuffer.wrap(BLOCK));
            Files.createSymbolicLink(link, victim);
        }
        assertThat(victim).hasContent("untouched");
        assertThat(Files.isSymbolicLink(link)).isFalse();
        try (PartialFile file = PartialFile.open(partial, true)) {
            assertThat(file.length()).isEqualTo(BLOCK.length);
            file.publish(target, null, true);
        }
        assertThat(target).hasBinaryContent(BLOCK);
        assertThat(victim).hasContent("untouched");
    }

    @Test
    void recordThatIsALinkIsNotBelieved() throws Exception {
        Files.write(partial, BLOCK);
        PartialRecord.write(partial, BLOCK.length, false);
        Path record = partial.resolveSibling("file.part.record");
        Path moved = Files.move(record, local.resolve("elsewhere"));
        Files.createSymbolicLink(record, moved);
        assertThat(PartialRecord.read(partial)).isNull();
    }

    @Test
    void finalNameThatIsALinkIsReplaced() throws Exception {
        Path target = Files.createSymbolicLink(local.resolve("work/file"), victim);
        try (PartialFile file = PartialFile.open(partial, false)) {
            file.append(ByteBuffer.wrap(BLOCK));
            file.publish(target, java.time.Instant.EPOCH, true);
        }
        assertThat(Files.isSymbolicLink(target)).isFalse();
        assertThat(target).hasBinaryContent(BLOCK);
        assertThat(victim).hasContent("untouched");
    }
}
