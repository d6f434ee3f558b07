package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What version 0.1.0 has left unfinished is continued by this version: it looks for it under the same names. */
class EarlierPartialsTest {

    private static final Fingerprint VERSION = new Fingerprint(
            "me@ftp.acme.example:21", "/home/me/out/a b.txt", 12345, Instant.parse("2026-01-02T03:04:05Z"), "u1");

    private static final String NOTE = """
            #Fri Nov 27 21:33:57 UTC 2026
            path=in/a b.txt
            partner=me@ftp.acme.example\\:21
            aside=in/aside
            sourceDirectory=
            written=2026-01-02T03\\:04\\:06Z
            source=/data/outbox/a b.txt
            version=2f68d5e9d477d2b4
            partial=in/.a b.txt.x.ferry-part
            """;

    @TempDir
    Path folder;

    @Test
    void partialsOf010() {
        LocalTarget local = LocalTarget.inWorkDirectory(folder, "a b.txt", ".ferry-part");
        RemoteTarget remote = new RemoteTarget(
                "in/a b.txt", null, ".ferry-part", RemoteTarget.WhenExists.REPLACE, null, true, null, null);

        assertThat(local.partial(VERSION)).isEqualTo(folder.resolve("2f68d5e9d477d2b4/a b.txt.ferry-part"));
        assertThat(local.published(VERSION)).isEqualTo(folder.resolve("2f68d5e9d477d2b4/a b.txt"));
        assertThat(remote.partial(VERSION, "0a1b2c3d")).isEqualTo("in/.a b.txt.2f68d5e9d477d2b4.0a1b2c3d.ferry-part");
    }

    @Test
    void noteOfIntentOf010() throws Exception {
        Files.writeString(folder.resolve("abaf0ee313d0dcdb.note"), NOTE);

        assertThat(new IntentNotes(folder)
                        .find("me@ftp.acme.example:21", "in/a b.txt", "2f68d5e9d477d2b4", Duration.ZERO))
                .contains(new IntentNotes.Note(
                        "me@ftp.acme.example:21",
                        "in/a b.txt",
                        "2f68d5e9d477d2b4",
                        "in/.a b.txt.x.ferry-part",
                        "in/aside",
                        Instant.parse("2026-01-02T03:04:06Z"),
                        "/data/outbox/a b.txt"));
    }

    @Test
    void installationOf010() throws Exception {
        Files.writeString(folder.resolve("installation"), "3b2c96d1\n");

        try (Installation installation = Installation.of(folder)) {
            assertThat(installation.id()).isEqualTo("3b2c96d1");
        }
    }
}
