package io.ferry.doctor;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The YAML of a route that polls a partner, without secrets: each is a placeholder. */
public final class RouteExample {

    private RouteExample() {}

    /**
     * Writes it.
     *
     * @param scheme ferry-ftp or ferry-ftps
     * @param authority host, or host:port
     * @param user the login name, or null for anonymous
     * @param directory relative to the login directory
     * @param options of the endpoint
     */
    public static String of(
            String scheme, String authority, @Nullable String user, String directory, Map<String, String> options) {
        Map<String, String> parameters = new LinkedHashMap<>();
        if (user != null) {
            parameters.put("username", user);
            parameters.put("password", "{{password}}");
        }
        options.forEach((name, value) -> parameters.put(name, isSecret(name) ? placeholder(name) : value));
        String relative = directory.replaceFirst("^/+", "");
        StringBuilder yaml = new StringBuilder();
        yaml.append("- route:\n");
        yaml.append("    id: from-")
                .append(authority.replaceAll("[^A-Za-z0-9]+", "-"))
                .append('\n');
        yaml.append("    from:\n");
        yaml.append("      uri: ")
                .append(quoted(scheme + "://" + authority + "/" + escaped(relative)))
                .append('\n');
        if (!parameters.isEmpty()) {
            yaml.append("      parameters:\n");
            parameters.forEach((name, value) -> yaml.append("        ")
                    .append(name)
                    .append(": ")
                    .append(quoted(value))
                    .append('\n'));
        }
        yaml.append("      steps:\n");
        yaml.append("        - to: \"file:data/inbox\"\n");
        return yaml.toString();
    }

    private static boolean isSecret(String name) {
        String last = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return last.contains("password") || last.equals("account") || last.equals("proxyuser");
    }

    private static String placeholder(String name) {
        return "{{" + name.replace("ftpClient.", "") + "}}";
    }

    /** In a URI, what would end the path. */
    private static String escaped(String path) {
        return path.replace("%", "%25").replace("?", "%3F").replace("#", "%23").replace(" ", "%20");
    }

    private static String quoted(String value) {
        return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    }
}
