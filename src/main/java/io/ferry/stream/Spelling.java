package io.ferry.stream;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How a directory spells a name. Many file systems (Windows, macOS, FAT, some network shares) take {@code Order.txt} and
 * {@code ORDER.TXT}, or an é in one character and in two, for one name: a file of the one would replace the other's.
 */
public final class Spelling {

    private Spelling() {}

    /**
     * The file that would be replaced by a file of another name.
     *
     * @param home a directory whose own spelling does not matter
     * @param file a path inside it
     * @return the existing file as the disk spells it, where that is not as {@code file} does; null where there is none
     */
    public static @Nullable Path clash(Path home, Path file) throws IOException {
        // A link that leads nowhere is no file to lose.
        if (Disk.isMissing(file)) {
            return null;
        }
        Path spelled = home;
        boolean differs = false;
        for (Path segment : home.relativize(file)) {
            String name = segment.toString();
            String entry = entry(spelled, name);
            differs |= !entry.equals(name);
            spelled = spelled.resolve(entry);
        }
        return differs && Disk.exists(file) ? spelled : null;
    }

    /** The entry that a name leads to. The directory is read only where it is known to take several names for one. */
    private static String entry(Path directory, String name) throws IOException {
        if (variants(name).noneMatch(variant -> exists(directory, variant))) {
            return name;
        }
        String similar = "?";
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path each : entries) {
                String entry = String.valueOf(each.getFileName());
                if (entry.equals(name)) {
                    return name;
                }
                if (folded(entry).equals(folded(name))) {
                    similar = entry;
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            // It was removed meanwhile, and nothing can be replaced.
            return name;
        }
        // Where nothing is similar it has a second, short name, as on FAT.
        return similar;
    }

    private static Stream<String> variants(String name) {
        return Stream.of(
                        name.toLowerCase(Locale.ROOT),
                        name.toUpperCase(Locale.ROOT),
                        Normalizer.normalize(name, Normalizer.Form.NFC),
                        Normalizer.normalize(name, Normalizer.Form.NFD))
                .filter(variant -> !variant.equals(name));
    }

    private static String folded(String name) {
        return Normalizer.normalize(name.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT), Normalizer.Form.NFC);
    }

    private static boolean exists(Path directory, String name) {
        try {
            return Disk.exists(directory.resolve(name));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
