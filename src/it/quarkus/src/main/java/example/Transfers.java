package example;

import io.ferry.FerryRoutes;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.inject.Produces;
import org.apache.camel.RoutesBuilder;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** One bean adds Ferry's routes. */
@ApplicationScoped
class Transfers {

    @Produces
    @ApplicationScoped
    RoutesBuilder ferry(
            @ConfigProperty(name = "partner.port") int port, @ConfigProperty(name = "local") String local) {
        String endpoint = "ferry-ftp:localhost:" + port + "/inbound?username=me&password=#property:partner.password"
                + "&workDirectory=" + local + "/work";
        return new FerryRoutes().push("out", local + "/out", endpoint);
    }
}
