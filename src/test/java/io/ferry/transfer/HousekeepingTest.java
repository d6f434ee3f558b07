package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.stream.PartialFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is swept from a work directory, and above all what is not. */
class HousekeepingTest {

    private static final String SUFFIX = ".ferry-part";
    private static final String VERSION = "0123456789abcdef";
    private static final Duration EXPIRY = Duration.ofDays(7);

    @TempDir
    Path work;

    /** Everything in these tests is made now, so that it has expired by then. */
    private final Instant later = Instant.now().plus(Duration.ofDays(8));

    private Path file(String path) throws IOException {
        Path file = work.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, "content");
    }

    private int sweep(Instant now) throws IOException {
        return Housekeeping.removeExpired(work, SUFFIX, EXPIRY, now);
    }

    private List<String> left() throws IOException {
        List<String> left = new ArrayList<>();
        try (var paths = Files.walk(work)) {
            paths.filter(path -> !path.equals(work))
                    .forEach(path -> left.add(work.relativize(path).toString()));
        }
        return left.stream().sorted().toList();
    }

    @Test
    void expiredPartialGoesWithItsRecordAndItsDirectory() throws Exception {
        file(VERSION + "/file" + SUFFIX);
        file(VERSION + "/file" + SUFFIX + ".record");
        file(VERSION + "/file" + SUFFIX + ".record.new");
        file(VERSION + ".unproven/file" + SUFFIX);
        file(VERSION + "/file.at5242880" + SUFFIX);
        file(VERSION + "/file.at5242880" + SUFFIX + ".record");
        assertThat(sweep(later)).isEqualTo(3);
        sweep(later.plus(EXPIRY));
        assertThat(left()).isEmpty();
    }

    @Test
    void recordWithoutItsPartialGoes() throws Exception {
        file(VERSION + "/file" + SUFFIX + ".record");
        assertThat(sweep(later)).isEqualTo(1);
        assertThat(left()).isEmpty();
    }

    @Test
    void verifiedFileGoesByTheTimeOfItsPublicationNotOfItsSource() throws Exception {
        Path file = file(VERSION + "/file");
        Files.setLastModifiedTime(file, FileTime.from(Instant.EPOCH));
        assertThat(sweep(Instant.now())).isZero();
        assertThat(file).exists();
        assertThat(sweep(later)).isEqualTo(1);
        assertThat(left()).isEmpty();
    }

    @Test
    void youngOnesStay() throws Exception {
        file(VERSION + "/file" + SUFFIX);
        file(VERSION + "/file" + SUFFIX + ".record");
        file("1123456789abcdef/file");
        List<String> before = left();
        assertThat(sweep(Instant.now().plus(Duration.ofDays(6)))).isZero();
        assertThat(left()).isEqualTo(before);
    }

    @Test
    void zeroKeepsAllForEver() throws Exception {
        file(VERSION + "/file" + SUFFIX);
        assertThat(Housekeeping.removeExpired(work, SUFFIX, Duration.ZERO, later))
                .isZero();
        assertThat(left()).hasSize(2);
    }

    @Test
    void missingDirectoryIsNoFault() throws Exception {
        assertThat(Housekeeping.removeExpired(work.resolve("none"), SUFFIX, EXPIRY, later))
                .isZero();
    }

    @Test
    void openPartialStays() throws Exception {
        Path partial = work.resolve(VERSION + "/file" + SUFFIX);
        try (PartialFile open = PartialFile.open(partial, true)) {
            open.append(ByteBuffer.wrap(new byte[10]));
            assertThat(sweep(later)).isZero();
            open.append(ByteBuffer.wrap(new byte[10]));
            open.publish(work.resolve("file"), null, true);
        }
        assertThat(work.resolve("file")).hasSize(20);
    }

    @Test
    void nothingElseIsEverRemoved() throws Exception {
        Path outside = Files.createDirectories(work.resolve("outside"));
        file("outside/file" + SUFFIX);
        file("deliveries");
        file("installation");
        file("file" + SUFFIX);
        file("notaversion/file" + SUFFIX);
        file("0123456789ABCDEF/file" + SUFFIX);
        file("0123456789abcdef0/file" + SUFFIX);
        file(VERSION + "/deeper/file" + SUFFIX);
        file("1123456789abcdef/one");
        file("1123456789abcdef/two");
        Files.createDirectories(work.resolve("2123456789abcdef/file" + SUFFIX));
        Files.createSymbolicLink(work.resolve("3123456789abcdef"), outside);
        Files.createDirectories(work.resolve("4123456789abcdef"));
        Files.createSymbolicLink(work.resolve("4123456789abcdef/file" + SUFFIX), outside.resolve("file" + SUFFIX));
        Files.createDirectories(work.resolve("5123456789abcdef"));
        Files.createSymbolicLink(work.resolve("5123456789abcdef/file"), outside.resolve("file" + SUFFIX));
        List<String> before = left();
        assertThat(sweep(later)).isZero();
        assertThat(left()).isEqualTo(before);
    }

    @Test
    void directoryThatIsALinkIsNotEntered() throws Exception {
        Path elsewhere = Files.createDirectories(work.resolve("elsewhere"));
        Path file = file("elsewhere/file");
        Path link = Files.createSymbolicLink(work.resolve(VERSION), elsewhere);
        assertThat(sweep(later)).isZero();
        assertThat(file).exists();
        assertThat(Files.exists(link, LinkOption.NOFOLLOW_LINKS)).isTrue();
    }
}
