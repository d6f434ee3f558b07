package io.ferry.session;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What a server says it can do (FEAT, RFC 2389), asked once per session.
 *
 * @param parameters each feature in upper case with its parameters, empty for none
 */
record Features(Map<String, String> parameters) {

    /** The digest commands known, strongest first: command, then the name of the Java digest. */
    private static final List<Map.Entry<String, String>> DIGEST_COMMANDS = List.of(
            Map.entry("XSHA512", "SHA-512"),
            Map.entry("XSHA256", "SHA-256"),
            Map.entry("XSHA1", "SHA-1"),
            Map.entry("XSHA", "SHA-1"),
            Map.entry("XMD5", "MD5"),
            Map.entry("MD5", "MD5"));

    /** The algorithms of HASH (draft-bryan-ftp-hash), strongest first. */
    private static final List<String> HASHES = List.of("SHA-512", "SHA-256", "SHA-1", "MD5");

    static final Features NONE = new Features(Map.of());

    Features {
        parameters = Map.copyOf(parameters);
    }

    static Features of(Reply feat) {
        if (!feat.isCompletion()) {
            return NONE;
        }
        Map<String, String> parameters = new HashMap<>();
        for (String line : feat.lines()) {
            String[] parts = line.strip().split(" ", 2);
            parameters.put(parts[0].toUpperCase(Locale.ROOT), parts.length > 1 ? parts[1].strip() : "");
        }
        return new Features(parameters);
    }

    boolean has(String feature) {
        return parameters.containsKey(feature);
    }

    /** Whether data may be deflated (MODE Z). */
    boolean deflates() {
        return List.of(parameters
                        .getOrDefault("MODE", "")
                        .toUpperCase(Locale.ROOT)
                        .split("[ ,;]+"))
                .contains("Z");
    }

    /** The strongest digest the server computes, if any. */
    Optional<DigestCommand> digest() {
        String offered = parameters.get("HASH");
        if (offered != null) {
            List<String> names =
                    List.of(offered.replace("*", "").toUpperCase(Locale.ROOT).split(";"));
            for (String hash : HASHES) {
                if (names.contains(hash)) {
                    return Optional.of(new DigestCommand("HASH", hash));
                }
            }
        }
        return DIGEST_COMMANDS.stream()
                .filter(command -> has(command.getKey()))
                .findFirst()
                .map(command -> new DigestCommand(command.getKey(), command.getValue()));
    }

    /**
     * A command that asks for a digest.
     *
     * @param verb the FTP command
     * @param algorithm the name that {@link java.security.MessageDigest} knows
     */
    record DigestCommand(String verb, String algorithm) {

        /** How many hexadecimal digits such a digest has. */
        int hexDigits() {
            return switch (algorithm) {
                case "SHA-512" -> 128;
                case "SHA-256" -> 64;
                case "SHA-1" -> 40;
                default -> 32;
            };
        }
    }
}
