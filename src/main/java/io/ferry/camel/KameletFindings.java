package io.ferry.camel;

import io.ferry.camel.LintRule.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kamelet.KameletEndpoint;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.RouteTemplateDefinition;
import org.apache.camel.model.RouteTemplateParameterDefinition;

/** What is wrong with the use of one of Ferry's Kamelets. Loaded only where there is one, and with it camel-kamelet. */
final class KameletFindings {

    /** What Camel adds to the parameters. */
    private static final Set<String> OWN = Set.of(
            "templateId",
            "routeId",
            "uuid",
            "noErrorHandler",
            "bridgeErrorHandler",
            "parentRouteId",
            "parentProcessorId");

    private KameletFindings() {}

    static List<String> of(Endpoint endpoint, Role role) {
        List<String> found = new ArrayList<>();
        if (!(endpoint instanceof KameletEndpoint kamelet)
                || kamelet.getEndpointUri().matches("kamelet:(//)?(source|sink)([?].*)?")
                || !kamelet.getTemplateId().matches("ferry-ftps?-(source|sink)")) {
            return found;
        }
        String template = kamelet.getTemplateId();
        if (role == Role.FROM
                && template.endsWith("-source")
                && kamelet.getRouteId().matches(template + "-\\d+")) {
            found.add(
                    "the Kamelet has no name: records of deliveries are kept under the one that Camel counts, which is another"
                            + " after an edit. Write instead: kamelet:" + template + "/name");
        }
        RouteTemplateDefinition definition =
                ((ModelCamelContext) endpoint.getCamelContext()).getRouteTemplateDefinition(template);
        if (definition != null && definition.getTemplateParameters() != null) {
            Set<String> known = definition.getTemplateParameters().stream()
                    .map(RouteTemplateParameterDefinition::getName)
                    .collect(Collectors.toCollection(TreeSet::new));
            new TreeSet<>(kamelet.getKameletProperties().keySet())
                    .stream()
                            .filter(each -> !known.contains(each) && !OWN.contains(each))
                            .forEach(each -> found.add("the Kamelet has no parameter " + each + ", and ignores it"
                                    + Nearest.hint(each, known)));
        }
        return found;
    }
}
