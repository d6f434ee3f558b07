package io.ferry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.camel.FerryFtpComponent;
import io.ferry.camel.FerryFtpsComponent;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.Leaks;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.CamelContext;
import org.apache.camel.builder.TemplatedRouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.main.Main;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ferry's templates and Kamelets move files between real servers, however a route is made of them. */
class TemplatesTest {

    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int SIZE = 3 << 20;

    @TempDir
    Path local;

    private final List<TestServer> servers = new ArrayList<>();
    private Leaks leaks;
    private CamelContext context;

    @BeforeEach
    void begin() {
        leaks = Leaks.snapshot();
    }

    @AfterEach
    void end() {
        if (context != null) {
            context.stop();
        }
        servers.forEach(TestServer::close);
        Leaks.assertNoneSince(leaks);
    }

    private TestServer server() throws IOException {
        return started(ApacheFtp.start());
    }

    private TestServer started(TestServer server) throws IOException {
        servers.add(server);
        Files.createDirectories(server.root().resolve("outbound"));
        return server;
    }

    /** A context of one's own, that Ferry is added to. */
    private CamelContext embedding(String... properties) {
        DefaultCamelContext own = new DefaultCamelContext();
        own.getShutdownStrategy().setTimeout(10);
        Properties initial = new Properties();
        for (int i = 0; i < properties.length; i += 2) {
            initial.put(properties[i], properties[i + 1]);
        }
        own.getPropertiesComponent().setInitialProperties(initial);
        String work = local.resolve("work").toString();
        own.getComponent("ferry-ftp", FerryFtpComponent.class).getFerry().setWorkDirectory(work);
        own.getComponent("ferry-ftps", FerryFtpsComponent.class).getFerry().setWorkDirectory(work);
        context = own;
        return own;
    }

    private void yaml(String text) throws Exception {
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("test.yaml", text));
    }

    private Path drop(String name, long seed) throws IOException {
        Files.createDirectories(local.resolve("drops"));
        return Content.write(local.resolve("drops").resolve(name), SIZE, seed);
    }

    private static Path outbound(TestServer server, String name, long seed) {
        return Content.write(server.root().resolve("outbound").resolve(name), SIZE, seed);
    }

    private static void arrives(Path file, long seed) throws Exception {
        Await.until(file + " arrives", LIMIT, () -> Files.exists(file));
        assertThat(digest(Files.readAllBytes(file))).isEqualTo(digest(Content.bytes(SIZE, seed)));
    }

    private static void goes(Path file) {
        Await.until(file + " is gone", LIMIT, () -> Files.notExists(file));
    }

    private static String digest(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static long count(TestServer server, String verb) {
        return server.commands().stream().filter(each -> each.startsWith(verb)).count();
    }

    private String endpoint(TestServer server, String directory) {
        return "ferry-ftp:127.0.0.1:" + server.port() + "/" + directory + "?username=" + server.user()
                + "&password=#property:partner.password&reconnectDelay=20";
    }

    @Test
    void yamlRoutesPullPushAndRelay() throws Exception {
        TestServer one = server();
        TestServer two = server();
        outbound(one, "pulled.bin", 1);
        outbound(two, "relayed.bin", 2);
        Path drop = drop("pushed.bin", 3);
        embedding("partner.password", one.password());
        FerryRoutes.addTemplates(context);
        yaml("""
                - templatedRoute:
                    routeTemplateRef: pull
                    routeId: in
                    parameters:
                      - {name: host, value: 127.0.0.1}
                      - {name: port, value: "%1$d"}
                      - {name: username, value: %3$s}
                      - {name: password, value: "{{partner.password}}"}
                      - {name: remoteDirectory, value: outbound}
                      - {name: localDirectory, value: "%4$s/in"}
                - templatedRoute:
                    routeTemplateRef: push
                    routeId: out
                    parameters:
                      - {name: host, value: 127.0.0.1}
                      - {name: port, value: "%1$d"}
                      - {name: username, value: %3$s}
                      - {name: password, value: "{{partner.password}}"}
                      - {name: remoteDirectory, value: inbound}
                      - {name: localDirectory, value: "%4$s/drops"}
                      - {name: settle, value: "1"}
                - templatedRoute:
                    routeTemplateRef: relay
                    routeId: across
                    parameters:
                      - {name: fromHost, value: 127.0.0.1}
                      - {name: fromPort, value: "%2$d"}
                      - {name: fromUsername, value: %3$s}
                      - {name: fromPassword, value: "{{partner.password}}"}
                      - {name: fromDirectory, value: outbound}
                      - {name: toHost, value: 127.0.0.1}
                      - {name: toPort, value: "%1$d"}
                      - {name: toUsername, value: %3$s}
                      - {name: toPassword, value: "{{partner.password}}"}
                      - {name: toDirectory, value: relayed}
                      - {name: workDirectory, value: "%4$s/work"}
                """.formatted(one.port(), two.port(), one.user(), local));
        context.start();

        arrives(local.resolve("in/pulled.bin"), 1);
        arrives(one.root().resolve("relayed/relayed.bin"), 2);
        arrives(one.root().resolve("inbound/pushed.bin"), 3);
        goes(one.root().resolve("outbound/pulled.bin"));
        goes(two.root().resolve("outbound/relayed.bin"));
        goes(drop);
        assertThat(local.resolve("drops/.sent/pushed.bin")).exists();
    }

    @Test
    void javaMakesARouteOfATemplateInAContextThatRunsAlready() throws Exception {
        TestServer server = server();
        Path drop = drop("dropped.bin", 4);
        embedding("partner.password", server.password());
        context.start();
        FerryRoutes.addTemplates(context);
        FerryRoutes.addTemplates(context);

        TemplatedRouteBuilder.builder(context, "fan-out")
                .routeId("out")
                .parameter("localDirectory", local.resolve("drops").toString())
                .parameter("to", endpoint(server, "a") + ", " + endpoint(server, "b"))
                .parameter("settle", "1")
                .add();

        arrives(server.root().resolve("a/dropped.bin"), 4);
        arrives(server.root().resolve("b/dropped.bin"), 4);
        goes(drop);
        context.getRouteController().stopRoute("out");
        assertThat(context.removeRoute("out")).isTrue();
    }

    @Test
    void applicationPropertiesMakeRoutesOfTemplatesInBothSpellings() throws Exception {
        TestServer one = server();
        TestServer two = server();
        outbound(one, "relayed.bin", 5);
        Path drop = drop("dropped.bin", 6);
        Path properties = Files.writeString(local.resolve("application.properties"), """
                camel.component.ferry-ftp.workDirectory=%5$s/work
                partner.password=%4$s
                camel.route-template[0].template-id=relay
                camel.route-template[0].from-host=127.0.0.1
                camel.route-template[0].from-port=%1$d
                camel.route-template[0].from-username=%3$s
                camel.route-template[0].from-password={{partner.password}}
                camel.route-template[0].from-directory=outbound
                camel.route-template[0].to-host=127.0.0.1
                camel.route-template[0].to-port=%2$d
                camel.route-template[0].to-username=%3$s
                camel.route-template[0].to-password={{partner.password}}
                camel.route-template[0].to-directory=relayed
                camel.route-template[0].work-directory=%5$s/work
                camel.routeTemplate[out].templateId=fan-out
                camel.routeTemplate[out].localDirectory=%5$s/drops
                camel.routeTemplate[out].settle=1
                camel.routeTemplate[out].to=\\
                  ferry-ftp:127.0.0.1:%1$d/inbound?username=%3$s&password=#property:partner.password,\\
                  ferry-ftp:127.0.0.1:%2$d/inbound?username=%3$s&password=#property:partner.password
                """.formatted(
                        one.port(), two.port(), one.user(), one.password(), local));
        Main main = new Main();
        main.setDefaultPropertyPlaceholderLocation("file:" + properties);
        main.configure().withRoutesIncludePattern("classpath:routes/*.yaml");
        main.configure().setAutoConfigurationLogSummary(false);
        main.setRoutesCollector(new FolderFirst());
        main.start();
        context = main.getCamelContext();
        try {
            arrives(two.root().resolve("relayed/relayed.bin"), 5);
            goes(one.root().resolve("outbound/relayed.bin"));
            arrives(one.root().resolve("inbound/dropped.bin"), 6);
            arrives(two.root().resolve("inbound/dropped.bin"), 6);
            goes(drop);
        } finally {
            main.stop();
        }
    }

    @Test
    void fanOutTriesAServerThatFailedAgainAndSendsToNoOtherTwice() throws Exception {
        TestServer good = server();
        TestServer bad = server();
        Path drop = drop("dropped.bin", 7);
        Files.createDirectories(good.root().resolve("inbound"));
        // No directory can be made where a file is.
        Path obstacle = Files.writeString(bad.root().resolve("inbound"), "in the way");
        embedding("partner.password", good.password());
        FerryRoutes.addTemplates(context);
        TemplatedRouteBuilder.builder(context, "fan-out")
                .routeId("out")
                .parameter("localDirectory", local.resolve("drops").toString())
                .parameter("to", endpoint(bad, "inbound") + "," + endpoint(good, "inbound"))
                .parameter("settle", "1")
                .parameter("delay", "50")
                .add();
        context.start();

        arrives(good.root().resolve("inbound/dropped.bin"), 7);
        long seen = count(bad, "MKD");
        Await.until("two more tries", LIMIT, () -> count(bad, "MKD") >= seen + 2);
        assertThat(drop).exists();
        Files.delete(obstacle);

        arrives(bad.root().resolve("inbound/dropped.bin"), 7);
        goes(drop);
        assertThat(count(good, "STOR")).isEqualTo(1);
        assertThat(count(good, "RNTO")).isEqualTo(1);
        assertThat(local.resolve("drops/.sent/dropped.bin")).exists();
    }

    @Test
    void mirrorMakesALocalTreeEqualAndStopsWithItsRoute() throws Exception {
        TestServer server = server();
        Files.createDirectories(server.root().resolve("outbound/sub"));
        outbound(server, "one.bin", 10);
        outbound(server, "sub/two.bin", 11);
        embedding("partner.password", server.password());
        context.start();
        FerryRoutes.addTemplates(context);

        TemplatedRouteBuilder.builder(context, "mirror")
                .routeId("docs")
                .parameter("host", "127.0.0.1")
                .parameter("port", String.valueOf(server.port()))
                .parameter("username", server.user())
                .parameter("password", "{{partner.password}}")
                .parameter("remoteDirectory", "outbound")
                .parameter("localDirectory", local.resolve("docs").toString())
                .parameter("delay", "100")
                .add();

        arrives(local.resolve("docs/one.bin"), 10);
        arrives(local.resolve("docs/sub/two.bin"), 11);
        outbound(server, "sub/three.bin", 12);
        arrives(local.resolve("docs/sub/three.bin"), 12);
        assertThat(count(server, "DELE")).isZero();

        context.getRouteController().stopRoute("docs");
        assertThat(context.removeRoute("docs")).isTrue();
        Await.until("the mirror's session ends", LIMIT, () -> count(server, "QUIT") == count(server, "USER"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"p&s=%+#)&(}?/@:\"' <\u00fc)", "#x", "RAW(x)"})
    void mirrorTakesAPasswordAsItIs(String password) throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        ScriptedServer server = ScriptedServer.start().on("PASS", (session, said) -> {
            heard.add(said);
            return "530 No.";
        });
        servers.add(server);
        embedding("partner.password", password);
        context.start();
        FerryRoutes.addTemplates(context);

        TemplatedRouteBuilder.builder(context, "mirror")
                .routeId("docs")
                .parameter("host", "127.0.0.1")
                .parameter("port", String.valueOf(server.port()))
                .parameter("username", "me")
                .parameter("password", "{{partner.password}}")
                .parameter("remoteDirectory", "outbound")
                .parameter("localDirectory", local.resolve("docs").toString())
                .add();

        Await.until("a login", LIMIT, () -> !heard.isEmpty());
        assertThat(heard).containsOnly(password);
    }

    @Test
    void kameletsWorkFromYaml() throws Exception {
        TestServer one = server();
        TestServer two = server();
        outbound(one, "a&b (c).bin", 8);
        embedding("partner.password", one.password());
        yaml("""
                - route:
                    id: across
                    from:
                      uri: kamelet:ferry-ftp-source/acme
                      parameters:
                        connectionHost: 127.0.0.1
                        connectionPort: %1$d
                        username: %3$s
                        password: "{{partner.password}}"
                        directoryName: outbound
                        delete: true
                        delay: 100
                        workDirectory: "%4$s/work"
                      steps:
                        - to: file:%4$s/in
                - route:
                    id: on
                    from:
                      uri: file:%4$s/in
                      steps:
                        - to:
                            uri: kamelet:ferry-ftp-sink
                            parameters:
                              connectionHost: 127.0.0.1
                              connectionPort: %2$d
                              username: %3$s
                              password: "{{partner.password}}"
                              directoryName: inbound
                              workDirectory: "%4$s/work"
                """.formatted(one.port(), two.port(), one.user(), local));
        context.start();

        arrives(two.root().resolve("inbound/a&b (c).bin"), 8);
        goes(one.root().resolve("outbound/a&b (c).bin"));
        assertThat(local.resolve("work/acme/deliveries")).exists();
    }

    /** The pause between two polls would be an hour. */
    @Test
    void pullsAndMirrorsAtTheTimesOfACronExpression() throws Exception {
        TestServer server = server();
        Files.createDirectories(server.root().resolve("docs"));
        embedding("partner.password", server.password());
        context.start();
        FerryRoutes.addTemplates(context);
        for (String each : List.of("pull", "mirror")) {
            TemplatedRouteBuilder.builder(context, each)
                    .routeId("nightly-" + each)
                    .parameter("host", "127.0.0.1")
                    .parameter("port", String.valueOf(server.port()))
                    .parameter("username", server.user())
                    .parameter("password", "{{partner.password}}")
                    .parameter("remoteDirectory", each.equals("pull") ? "outbound" : "docs")
                    .parameter("localDirectory", local.resolve(each).toString())
                    .parameter("delay", "3600000")
                    .parameter("scheduler", "quartz")
                    .parameter("cron", "* * * * * ?")
                    .add();
        }

        for (int i = 0; i < 2; i++) {
            outbound(server, i + ".bin", 13 + i);
            arrives(local.resolve("pull/" + i + ".bin"), 13 + i);
            goes(server.root().resolve("outbound/" + i + ".bin"));
            outbound(server, "../docs/" + i + ".bin", 15 + i);
            arrives(local.resolve("mirror/" + i + ".bin"), 15 + i);
        }
    }

    @Test
    void aCronExpressionWithoutItsSchedulerIsRefused() throws Exception {
        embedding();
        context.start();
        FerryRoutes.addTemplates(context);

        assertThatThrownBy(() -> TemplatedRouteBuilder.builder(context, "pull")
                        .routeId("nightly")
                        .parameter("host", "127.0.0.1")
                        .parameter("remoteDirectory", "outbound")
                        .parameter("localDirectory", local.resolve("in").toString())
                        .parameter("cron", "* * * * * ?")
                        .add())
                .hasStackTraceContaining("nightly")
                .hasStackTraceContaining("cron=* * * * * ? (scheduler.cron in an endpoint) needs scheduler=quartz");
    }

    @Test
    void kameletsOverTlsWorkFromProperties() throws Exception {
        TestServer server = started(ApacheFtp.start(ApacheFtp.secured()));
        outbound(server, "pulled.bin", 9);
        embedding(
                "camel.kamelet.ferry-ftps-source.acme.connectionHost", "localhost",
                "camel.kamelet.ferry-ftps-source.acme.connectionPort", String.valueOf(server.port()),
                "camel.kamelet.ferry-ftps-source.acme.username", server.user(),
                "camel.kamelet.ferry-ftps-source.acme.password", server.password(),
                "camel.kamelet.ferry-ftps-source.acme.directoryName", "outbound",
                "camel.kamelet.ferry-ftps-source.acme.move", ".done",
                "camel.kamelet.ferry-ftps-source.acme.delay", "100",
                "camel.kamelet.ferry-ftps-source.acme.trustStore",
                        server.tls().truststore().toString(),
                "camel.kamelet.ferry-ftps-source.acme.trustStorePassword",
                        server.tls().truststorePassword(),
                "camel.kamelet.ferry-ftps-source.acme.workDirectory",
                        local.resolve("work").toString());
        yaml("""
                - from:
                    uri: kamelet:ferry-ftps-source/acme
                    steps:
                      - to: file:%s/in
                """.formatted(local));
        context.start();

        arrives(local.resolve("in/pulled.bin"), 9);
        arrives(server.root().resolve("outbound/.done/pulled.bin"), 9);
    }
}
