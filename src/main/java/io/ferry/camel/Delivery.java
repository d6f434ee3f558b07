package io.ferry.camel;

import io.ferry.stream.FileDigest;
import io.ferry.transfer.Fingerprint;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One version of one remote file, on its way to one route.
 *
 * @param id the same for every delivery of this version to this route: 32 hexadecimal digits
 * @param path the path under which it was listed
 */
record Delivery(String id, String path) {

    private static final String HANDED = "handed|";
    private static final String DELIVERED = "delivered|";
    private static final int ID_BYTES = 16;
    private static final Pattern KEY =
            Pattern.compile("(?:handed|delivered)\\|([0-9a-f]{" + 2 * ID_BYTES + "})\\|(.*)", Pattern.DOTALL);

    /** The delivery of a version to a route. */
    static Delivery of(String routeId, String listedPath, Fingerprint version) {
        String modified = version.modified() == null
                ? ""
                : Long.toString(version.modified().toEpochMilli());
        String text = String.join(
                "\n",
                routeId,
                version.place(),
                listedPath,
                Long.toString(version.size()),
                modified,
                String.valueOf(version.unique()));
        byte[] digest = FileDigest.named("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return new Delivery(HexFormat.of().formatHex(digest, 0, ID_BYTES), listedPath);
    }

    /** Recorded before the route gets the file: from now on another delivery may be a second one. */
    String handedKey() {
        return key(HANDED);
    }

    /** Recorded when the route has succeeded: what is left is the commit at the source. */
    String deliveredKey() {
        return key(DELIVERED);
    }

    private String key(String kind) {
        return kind + id + "|" + path;
    }

    /** The delivery that a key of this class is about; empty for other keys. */
    static Optional<Delivery> of(String key) {
        Matcher parts = KEY.matcher(key);
        return parts.matches() ? Optional.of(new Delivery(parts.group(1), parts.group(2))) : Optional.empty();
    }
}
