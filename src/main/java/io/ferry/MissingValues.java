package io.ferry;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The placeholders of the working directory's application.properties and routes that have no value. Camel stops at the first one;
 * a person would rather have all of them at once.
 */
final class MissingValues {

    private static final Pattern BRACES = Pattern.compile("\\{\\{([^{}]+)}}");

    private MissingValues() {}

    /** The keys, in the order in which they are found; empty where nothing can be read. */
    static Set<String> of(Path directory) {
        Properties values = properties(directory.resolve("application.properties"));
        Set<String> known = new HashSet<>(values.stringPropertyNames());
        known.addAll(bundled().stringPropertyNames());
        Set<String> missing = new LinkedHashSet<>();
        values.stringPropertyNames().stream()
                .sorted()
                .forEach(each -> collect(values.getProperty(each), known, missing));
        Path routes = directory.resolve("routes");
        if (Files.isDirectory(routes)) {
            try (Stream<Path> files = Files.list(routes)) {
                for (Path each : files.filter(file -> file.toString().endsWith(".yaml"))
                        .sorted()
                        .toList()) {
                    ofRoutes(each, known, missing);
                }
            } catch (IOException e) {
                // What can be read is told.
                return missing;
            }
        }
        return missing;
    }

    private static void ofRoutes(Path file, Set<String> known, Set<String> missing) throws IOException {
        Set<String> here = new HashSet<>(known);
        List<String> texts = new ArrayList<>();
        try {
            for (Object each : new Load(LoadSettings.builder().build()).loadAllFromString(Files.readString(file))) {
                walk(each, here, texts);
            }
        } catch (YamlEngineException e) {
            // That is a mistake of its own, which Camel tells.
            return;
        }
        texts.forEach(each -> collect(each, here, missing));
    }

    /** A template's parameters get their values from whoever makes a route of it; descriptions are prose. */
    private static void walk(@Nullable Object node, Set<String> names, List<String> texts) {
        if (node instanceof Map<?, ?> map) {
            if (map.get("name") instanceof String name) {
                names.add(name);
            }
            map.forEach((key, value) -> {
                if (!"description".equals(key)) {
                    walk(value, names, texts);
                }
            });
        } else if (node instanceof List<?> list) {
            list.forEach(each -> walk(each, names, texts));
        } else if (node instanceof String text) {
            texts.add(text);
        }
    }

    private static void collect(String text, Set<String> known, Set<String> missing) {
        Matcher found = BRACES.matcher(text);
        while (found.find()) {
            String key = found.group(1);
            if (isMissing(key, known)) {
                missing.add(key);
            }
        }
    }

    /** Without a default; of Camel's functions only those that are sure. */
    private static boolean isMissing(String key, Set<String> known) {
        if (key.startsWith("?")) {
            return false;
        }
        if (key.startsWith("env:")) {
            String name = key.substring(4);
            return !name.contains(":") && System.getenv(name) == null;
        }
        if (key.startsWith("file:")) {
            return !Files.isReadable(Path.of(key.substring(5)));
        }
        return !key.contains(":")
                && !key.startsWith("ferry.demo.")
                && !known.contains(key)
                && System.getProperty(key) == null;
    }

    private static Properties properties(Path file) {
        Properties values = new Properties();
        if (Files.isRegularFile(file)) {
            try (Reader text = Files.newBufferedReader(file)) {
                values.load(text);
            } catch (IOException | IllegalArgumentException e) {
                values.clear();
            }
        }
        return values;
    }

    private static Properties bundled() {
        Properties values = new Properties();
        try (InputStream in = MissingValues.class.getResourceAsStream("/io/ferry/defaults.properties")) {
            if (in != null) {
                values.load(in);
            }
        } catch (IOException e) {
            values.clear();
        }
        return values;
    }
}
