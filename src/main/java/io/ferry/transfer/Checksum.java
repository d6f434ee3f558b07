package io.ferry.transfer;

import io.ferry.stream.ChecksumLines;
import io.ferry.stream.FileDigest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a file at the server says of the content of another: a sidecar, or a manifest.
 *
 * @param line the digest, and the name as it is spelled there
 * @param statedIn the path of the file that says so
 */
public record Checksum(ChecksumLines.Line line, String statedIn) {

    /**
     * What a sidecar says of its file. Its only line counts whatever it calls the file, since it may have been written elsewhere; of
     * several, the one with the file's name.
     *
     * @param path the file
     * @param sidecar the sidecar's path, and {@code text} what it holds
     * @throws TransferException where it says nothing of the file
     */
    public static Checksum ofSidecar(String partner, String path, String sidecar, String text)
            throws TransferException {
        try {
            List<ChecksumLines.Line> lines = ChecksumLines.parse(text);
            String name = RemoteTarget.nameOf(path);
            return new Checksum(
                    lines.size() == 1
                            ? lines.get(0)
                            : lines.stream()
                                    .filter(each ->
                                            RemoteTarget.nameOf(each.name()).equals(name))
                                    .findFirst()
                                    .orElseThrow(() -> new IllegalArgumentException("no line of it names the file")),
                    sidecar);
        } catch (IllegalArgumentException e) {
            throw new TransferException(
                    path,
                    0,
                    partner + ": " + sidecar + " is no checksum of " + path + ": " + e.getMessage()
                            + ". The file waits; the next poll looks again. Ask the partner to write it as sha256sum or md5sum do.",
                    null);
        }
    }

    /**
     * Compares a received file. One that differs is removed, so that the next download of it begins at zero.
     *
     * @param path the file at the server
     * @param file what has arrived
     * @return what was compared with what
     * @throws TransferException where they differ, or the local disk refuses
     */
    public String confirm(String partner, String path, Path file) throws TransferException {
        String algorithm = line.algorithm().digest();
        try {
            String seen = FileDigest.of(file, algorithm);
            if (seen.equals(line.digest())) {
                return algorithm + " " + seen + " in " + statedIn;
            }
            Files.deleteIfExists(file);
            throw TransferException.checksumDiffers(
                    path,
                    partner + ": " + path + " arrived with the " + algorithm + " " + seen + ", and " + statedIn
                            + " says " + line.digest()
                            + ". It is not handed on; the next poll receives it again from zero. Where it stays so, the"
                            + " partner has to write the file, or its checksum, anew.");
        } catch (TransferException e) {
            throw e;
        } catch (IOException e) {
            throw new TransferException(path, 0, "Local disk: the checksum of " + path + ": " + e, e);
        }
    }
}
