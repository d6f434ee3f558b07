package io.ferry;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A placeholder that has no value, and where a person puts one.
 *
 * @param key what stands between the braces, such as {@code env:NAME}, {@code file:/path} or {@code name}
 */
record Placeholder(String key) {

    private static final Path FILE = Path.of("application.properties");
    private static final Pattern BRACES = Pattern.compile("\\{\\{\\??([^{}]+)}}");

    /** The placeholder that a parameter of a route's template is set to in the working directory's application.properties. */
    static Optional<Placeholder> of(@Nullable String route, String parameter) {
        Properties lines = new Properties();
        try (Reader text = Files.newBufferedReader(FILE)) {
            lines.load(text);
        } catch (IOException | IllegalArgumentException e) {
            return Optional.empty();
        }
        String value = lines.getProperty("camel.routeTemplate[" + route + "]." + parameter, "");
        Matcher found = BRACES.matcher(value);
        return found.find() ? Optional.of(new Placeholder(found.group(1))) : Optional.empty();
    }

    /** What is not there, and what to do about it. */
    String remedy() {
        String name = key.substring(key.indexOf(':') + 1);
        if (key.startsWith("env:")) {
            return "The environment variable " + name + " is not set. Set it where Ferry is started: export " + name
                    + "=\u2026";
        }
        if (key.startsWith("file:")) {
            return "There is no file " + name + " that can be read. Write the value into it";
        }
        return "There is no property " + key + ". Put a line " + key + "=\u2026 into " + FILE.toAbsolutePath();
    }
}
