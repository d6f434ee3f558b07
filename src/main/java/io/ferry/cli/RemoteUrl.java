package io.ferry.cli;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place on a server, as the command line names it: {@code ferry-ftps://user@host:port/dir/file?option=value}.
 *
 * @param scheme {@code ferry-ftp} or {@code ferry-ftps}
 * @param user the login name, or null where the URL has none
 * @param authority host, or host:port
 * @param path relative to the login directory, or absolute where two slashes follow the host; empty for the login directory;
 *     without a slash at its end
 * @param directory whether it was written with a slash at its end
 * @param options the endpoint's options behind the question mark
 */
record RemoteUrl(
        String scheme,
        @Nullable String user,
        String authority,
        String path,
        boolean directory,
        Map<String, String> options) {

    static final String FORM = "ferry-ftp://user@host:port/path";

    private static final Pattern URL = Pattern.compile(
            "(?:ferry-)?(ftps?)://(?:([^/]*)@)?(\\[[0-9A-Fa-f:.%]+]|[^:/?@\\[\\]]+)(:\\d+)?(?:/([^?]*))?(?:\\?(.*))?");

    RemoteUrl {
        options = Map.copyOf(options);
    }

    /** Whether it means to be a URL rather than a local path. */
    static boolean isUrl(String text) {
        return text.matches("(?i)[a-z][a-z-]+://.*");
    }

    /**
     * Reads a URL. In it, {@code %20} and the like stand for characters, as everywhere in URLs.
     *
     * @throws IllegalArgumentException that says what is wrong, and never repeats a password
     */
    static RemoteUrl of(String text) {
        Matcher parts = URL.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("A place on a server is written " + FORM
                    + " (or ferry-ftps, ftp, ftps), not \"" + text.replaceFirst(":.*@", ":…@") + "\"");
        }
        String user = parts.group(2);
        if (user != null && user.contains(":")) {
            throw new IllegalArgumentException(
                    "A password does not belong into the URL, where everybody on this machine sees it."
                            + " It is asked for, or comes from FERRY_PASSWORD or --password-file");
        }
        String port = parts.group(4) == null ? "" : parts.group(4);
        String path = decoded(parts.group(5) == null ? "" : parts.group(5));
        boolean directory = path.isEmpty() || path.endsWith("/");
        return new RemoteUrl(
                "ferry-" + parts.group(1),
                user == null || user.isEmpty() ? null : decoded(user),
                parts.group(3) + port,
                path.length() > 1 ? path.replaceFirst("/+$", "") : path,
                directory,
                options(parts.group(6)));
    }

    private static Map<String, String> options(@Nullable String query) {
        Map<String, String> options = new LinkedHashMap<>();
        if (query != null && !query.isEmpty()) {
            for (String each : query.split("&", -1)) {
                int equals = each.indexOf('=');
                if (equals < 1) {
                    throw new IllegalArgumentException(
                            "An option of a URL is written name=value, not \"" + each + "\"");
                }
                options.put(each.substring(0, equals), decoded(each.substring(equals + 1)));
            }
        }
        return options;
    }

    private static String decoded(String text) {
        try {
            // The plus sign stands for itself in paths.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "A percent sign in a URL is written %25; \"" + text + "\" has one without two digits behind it", e);
        }
    }

    boolean secured() {
        return scheme.equals("ferry-ftps");
    }

    /** The last segment of the path; empty for the login directory. */
    String name() {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    /** The path of an entry of this directory. */
    String child(String name) {
        return path.isEmpty() ? name : path.endsWith("/") ? path + name : path + "/" + name;
    }

    /** Whether both are about the same login at the same server. */
    boolean isSamePartner(RemoteUrl other) {
        return scheme.equals(other.scheme) && authority.equals(other.authority) && Objects.equals(user, other.user);
    }

    /** What a person may be shown. */
    @Override
    public String toString() {
        return scheme + "://" + (user == null ? "" : user + "@") + authority + "/" + path;
    }
}
