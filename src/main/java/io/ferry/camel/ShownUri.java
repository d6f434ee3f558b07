package io.ferry.camel;

import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.apache.camel.util.SensitiveUtils;
import org.apache.camel.util.URISupport;

/**
 * An endpoint's URI as it may be seen: in thread names, exchange properties, JMX, health, consoles and logs, for which Camel asks the
 * endpoint. Camel's own masking knows no {@code account}, and takes the first closing parenthesis for the end of a
 * {@code RAW(...)}.
 */
final class ShownUri {

    private static final String MASK = "xxxxxx";
    private static final Pattern USER_INFO = Pattern.compile("^([^:]+:(?://)?[^:@/]*:)[^/]*@");

    private ShownUri() {}

    /** The URI without the values of secret options, and without the password before the host. */
    static String of(String uri) {
        int query = uri.indexOf('?');
        String path = USER_INFO
                .matcher(query < 0 ? uri : uri.substring(0, query))
                .replaceFirst(found -> found.group(1) + MASK + "@");
        if (query < 0) {
            return path;
        }
        StringJoiner shown = new StringJoiner("&", path + "?", "");
        try {
            URISupport.parseQuery(uri.substring(query + 1), true, true)
                    .forEach((name, value) -> add(shown, name, value));
        } catch (URISyntaxException e) {
            return path + "?" + MASK;
        }
        return shown.toString();
    }

    private static void add(StringJoiner shown, String name, Object value) {
        List<?> values = value instanceof List<?> several ? several : List.of(String.valueOf(value));
        for (Object each : values) {
            shown.add(name + "=" + (isSecret(name, String.valueOf(each)) ? MASK : each));
        }
    }

    private static boolean isSecret(String name, String value) {
        String plain = name.replace("-", "").toLowerCase(Locale.ROOT);
        String last = plain.substring(plain.lastIndexOf('.') + 1);
        return last.contains("pass")
                || last.equals("account")
                || SensitiveUtils.containsSensitive(last)
                || (last.equals("proxy") && (value.contains("@") || value.contains("%40")));
    }
}
