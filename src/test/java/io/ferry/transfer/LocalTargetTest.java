package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a version's directory in the work directory once its file was taken. */
class LocalTargetTest {

    @TempDir
    Path work;

    private Path version;
    private Path file;

    private void version() throws Exception {
        version = Files.createDirectory(work.resolve("version"));
        file = version.resolve("file");
    }

    @Test
    void directoryGoesWithTheFile() throws Exception {
        version();
        Files.writeString(file, "content");
        LocalTarget.discard(file);
        assertThat(version).doesNotExist();
        LocalTarget.discard(file);
    }

    @Test
    void directoryGoesWhereTheFileWasRenamedAway() throws Exception {
        version();
        LocalTarget.discard(file);
        assertThat(version).doesNotExist();
    }

    @Test
    void directoryGoesWithALinkThatLeadsNowhere() throws Exception {
        version();
        Files.createSymbolicLink(file, work.resolve("nowhere"));
        LocalTarget.discard(file);
        assertThat(version).doesNotExist();
    }

    @Test
    void directoryOfAnotherTransferStays() throws Exception {
        version();
        Path partial = Files.writeString(version.resolve("file.ferry-part"), "cont");
        LocalTarget.discard(file);
        assertThat(partial).exists();
    }
}
