package io.ferry.camel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.RouteTemplateParameterDefinition;

/** What properties give Ferry's templates that these do not have: Camel takes it, and nothing comes of it. */
final class TemplateFindings {

    private static final Set<String> TEMPLATES = Set.of("pull", "push", "fan-out", "relay", "mirror");

    /** What says which template, and how the route is called. */
    private static final Set<String> OWN = Set.of("templateid", "routeid", "prefixid", "group");

    private static final Pattern KEY = Pattern.compile("(camel\\.route-?[tT]emplate\\[[^]]*])\\.(.+)");

    private TemplateFindings() {}

    /** Findings of a context whose templates are loaded; each names the key, and no value. */
    static List<String> of(CamelContext context) {
        Map<String, Map<String, String>> blocks = new TreeMap<>();
        Properties all = context.getPropertiesComponent()
                .loadProperties(key -> KEY.matcher(key).matches());
        all.stringPropertyNames().forEach(key -> {
            Matcher matcher = KEY.matcher(key);
            if (matcher.matches()) {
                blocks.computeIfAbsent(matcher.group(1), block -> new TreeMap<>())
                        .put(matcher.group(2), all.getProperty(key));
            }
        });
        List<String> found = new ArrayList<>();
        blocks.forEach((block, lines) -> {
            String template = lines.entrySet().stream()
                    .filter(line -> plain(line.getKey()).equals("templateid"))
                    .map(Map.Entry::getValue)
                    .findFirst()
                    .orElse("");
            RouteTemplateDefinition definition = TEMPLATES.contains(template)
                    ? ((ModelCamelContext) context).getRouteTemplateDefinition(template)
                    : null;
            if (definition != null && definition.getTemplateParameters() != null) {
                found.addAll(unknown(block, template, lines.keySet(), definition));
            }
        });
        return found;
    }

    private static List<String> unknown(
            String block, String template, Set<String> names, RouteTemplateDefinition definition) {
        Set<String> known = definition.getTemplateParameters().stream()
                .map(RouteTemplateParameterDefinition::getName)
                .collect(Collectors.toSet());
        Set<String> plain = known.stream().map(TemplateFindings::plain).collect(Collectors.toSet());
        return names.stream()
                .filter(each -> !plain.contains(plain(each)) && !OWN.contains(plain(each)))
                .map(each -> block + "." + each + ": the template " + template
                        + " has no such parameter, and nothing comes of it" + Nearest.hint(each, known))
                .toList();
    }

    private static String plain(String name) {
        return name.replace("-", "").toLowerCase(Locale.ROOT);
    }
}
