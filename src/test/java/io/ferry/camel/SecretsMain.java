package io.ferry.camel;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.ferry.testkit.ScriptedServer;
import io.ferry.testkit.ScriptedTls;
import io.ferry.testkit.TunnelProxy;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.management.Attribute;
import javax.management.MBeanAttributeInfo;
import javax.management.MBeanOperationInfo;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.console.DevConsole;
import org.apache.camel.console.DevConsoleRegistry;
import org.apache.camel.health.HealthCheckHelper;
import org.apache.camel.health.HealthCheckRegistry;
import org.apache.camel.health.HealthCheckRepository;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.slf4j.LoggerFactory;

/**
 * Fails in many ways with everything logged at TRACE, then prints all that a JVM shows of itself. Each secret is two words that
 * occur nowhere else, with characters between them that URIs, XML and JSON each write in another way.
 */
public final class SecretsMain {

    /** What must not be seen, and where it is used. */
    enum Secret {
        LOGIN("Hrkl7vorn&%41\"<Lqz4hint"),
        USER_INFO("Wupf3vornMqrd6hint"),
        ACCOUNT("Bnzt5vorn&+\"<Tkjv8hint"),
        PROXY("Gvxo2vorn&%\"<Zpdw9hint"),
        TRUST_STORE("Ycmh1vorn&+\"<Rfsu7hint"),
        KEY_STORE("Jqeb4vorn&+\"<Xniw2hint"),
        KEY("Dtza6vorn&+\"<Ovgk3hint");

        final String value;

        Secret(String value) {
            this.value = value;
        }

        /** Two words, which no encoding but Base64 and the like changes. */
        List<String> words() {
            int half = value.indexOf("vorn") + 4;
            return List.of(value.substring(0, half), value.substring(value.length() - 9));
        }

        String variable() {
            return "FERRY_TEST_" + name();
        }
    }

    /** The proxy's login, as HTTP writes it. */
    static final String BASIC =
            Base64.getEncoder().encodeToString(("clerk:" + Secret.PROXY.value).getBytes(StandardCharsets.UTF_8));

    private static final PrintStream OUT = System.out;

    private final Path local;
    private final boolean referred;
    private final Map<String, String> failing = new LinkedHashMap<>();
    private final DefaultCamelContext context = new DefaultCamelContext();

    private SecretsMain(Path local, boolean referred) {
        this.local = local;
        this.referred = referred;
    }

    /**
     * The arguments are a directory for files, and "referred" where the endpoints' URIs name beans that hold the secrets, or
     * "written" where the secrets stand in them. Camel itself logs at TRACE, and some at DEBUG, what stands in a URI, before any
     * component has been asked, and shows it in dumps of routes: then it logs at INFO, and no dumps are made.
     */
    public static void main(String[] arguments) throws Exception {
        boolean referred = arguments[1].equals("referred");
        logEverything(referred ? Level.TRACE : Level.INFO);
        new SecretsMain(Path.of(arguments[0]), referred).run();
        OUT.println("PROBE end");
        System.exit(0);
    }

    private static void logEverything(Level camel) {
        LoggerContext logging = (LoggerContext) LoggerFactory.getILoggerFactory();
        logging.reset();
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(logging);
        encoder.setPattern("%-5level [%thread] %logger %mdc %msg%n%xEx");
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(logging);
        console.setEncoder(encoder);
        console.start();
        Logger root = logging.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        root.setLevel(Level.TRACE);
        logging.getLogger("io.ferry").setLevel(Level.TRACE);
        logging.getLogger("org.apache.camel").setLevel(camel);
    }

    private String option(Secret secret) {
        return referred ? "#bean:" + secret.name() : "RAW(" + secret.value + ")";
    }

    private String login(int port, String options) {
        return "ferry-ftp://127.0.0.1:" + port + "/in?username=ferry&password=" + option(Secret.LOGIN)
                + (options.isEmpty() ? "" : "&" + options);
    }

    private void failures(ScriptedServer good, Path trustStore) throws Exception {
        ScriptedServer echo = ScriptedServer.start()
                .on("PASS", (session, said) -> "530-PASS " + said + "\r\n " + said + "?\r\n530 PASS " + said);
        ScriptedServer account = ScriptedServer.start()
                .on("PASS", "332 Account?")
                .on("ACCT", (session, said) -> "530 ACCT " + said + " and " + Secret.LOGIN.value);
        ScriptedServer later = ScriptedServer.start()
                .on("PASS", "230 Welcome.")
                .on("FEAT", "500 FEAT after PASS " + Secret.LOGIN.value)
                .on("TYPE", "500 TYPE after PASS " + Secret.LOGIN.value);
        ScriptedServer noReply = ScriptedServer.start().on("PASS", (session, said) -> "PASS " + said + " is no reply");
        ScriptedServer secured = ScriptedServer.start().secured(ScriptedTls.GOOD);
        TunnelProxy strict = TunnelProxy.socks("clerk", "another");
        TunnelProxy echoing = TunnelProxy.http("clerk", "another")
                .answering(("HTTP/1.1 407 Basic " + BASIC + " of clerk:" + Secret.PROXY.value + "\r\n\r\n")
                        .getBytes(StandardCharsets.ISO_8859_1));
        String proxy = "&proxyUser=clerk&proxyPassword=" + option(Secret.PROXY);
        int gone;
        try (ScriptedServer ended = ScriptedServer.start()) {
            gone = ended.port();
        }
        failing.put("wrong", login(good.port(), ""));
        failing.put("echo", login(echo.port(), ""));
        failing.put("account", login(account.port(), "account=" + option(Secret.ACCOUNT)));
        failing.put("later", login(later.port(), ""));
        failing.put("noreply", login(noReply.port(), ""));
        failing.put("unreachable", login(gone, ""));
        failing.put("unknown", login(21, "").replace("127.0.0.1", "no-such-host.invalid"));
        failing.put("socks", login(good.port(), "proxy=socks5://127.0.0.1:" + strict.port() + proxy));
        failing.put("http", login(good.port(), "proxy=http://127.0.0.1:" + echoing.port() + proxy));
        String tls = login(secured.port(), "").replace("ferry-ftp:", "ferry-ftps:");
        failing.put("untrusted", tls);
        failing.put(
                "trust",
                tls + "&ftpClient.trustStore.file=" + trustStore + "&ftpClient.trustStore.type=PKCS12"
                        + "&ftpClient.trustStore.password=" + option(Secret.TRUST_STORE));
        failing.put(
                "key",
                tls + "&ftpClient.keyStore.file=" + trustStore + "&ftpClient.keyStore.type=PKCS12"
                        + "&ftpClient.keyStore.password=" + option(Secret.KEY_STORE)
                        + "&ftpClient.keyStore.keyPassword="
                        + option(Secret.KEY));
        if (!referred) {
            // Camel's own masking, which makes a JMX attribute of each step's URI, knows no account.
            failing.remove("account");
            failing.put("info", "ferry-ftp://ferry:" + Secret.USER_INFO.value + "@127.0.0.1:" + good.port() + "/in");
        }
    }

    private void run() throws Exception {
        ScriptedServer good = ScriptedServer.start().put("/in/file.txt", "content".getBytes(StandardCharsets.UTF_8));
        good.on("USER", (session, user) -> user.equals("open") ? "230 Welcome." : session.standard("USER", user));
        Set<String> said = ConcurrentHashMap.newKeySet();
        good.on("PASS", (session, password) -> {
            said.add(password);
            return "530 No.";
        });
        ScriptedServer trusting = ScriptedServer.start().secured(ScriptedTls.GOOD);
        failures(good, trusting.tls().truststore());
        for (Secret each : Secret.values()) {
            context.getRegistry().bind(each.name(), each.value);
        }
        context.setDevConsole(true);
        context.setTracing(true);
        context.setMessageHistory(true);
        context.getShutdownStrategy().setTimeout(10);
        CountDownLatch delivered = new CountDownLatch(2);
        String open = login(good.port(), "").replace("username=ferry", "username=open");
        Path work = Files.createDirectories(local.resolve("work"));
        context.addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                failing.forEach((name, uri) ->
                        from(poll(uri, work)).routeId("pull-" + name).to("mock:none"));
                from(poll(open, work)).routeId("good").process(exchange -> {
                    show("delivered", exchange);
                    delivered.countDown();
                    throw new IllegalStateException("the route fails");
                });
                failing.forEach((name, uri) -> from("direct:" + name)
                        .routeId("push-" + name)
                        .to(uri + (uri.contains("?") ? "&" : "?") + "maximumReconnectAttempts=1&workDirectory=" + work)
                        .to("log:after?showAll=true"));
            }
        });
        HealthCheckRegistry health = HealthCheckRegistry.get(context);
        HealthCheckRepository consumers = (HealthCheckRepository) health.resolveById("consumers");
        consumers.setEnabled(true);
        health.register(consumers);
        context.start();
        for (String name : failing.keySet()) {
            push(name);
        }
        processors(work);
        mistakes(good.port());
        if (!delivered.await(60, TimeUnit.SECONDS)) {
            throw new IllegalStateException("nothing was delivered");
        }
        if (!said.contains(Secret.LOGIN.value)) {
            throw new IllegalStateException("another password was sent");
        }
        show();
        context.stop();
    }

    private static String poll(String uri, Path work) {
        return uri + (uri.contains("?") ? "&" : "?") + "initialDelay=0&delay=300&workDirectory=" + work;
    }

    private void push(String name) {
        try (var template = context.createProducerTemplate()) {
            Exchange sent = template.request("direct:" + name, exchange -> {
                exchange.getMessage().setBody("content");
                exchange.getMessage().setHeader(Exchange.FILE_NAME, "file.txt");
            });
            show("pushed " + name, sent);
        } catch (Exception e) {
            show("pushed " + name, e);
        }
    }

    private void processors(Path work) throws Exception {
        for (Map.Entry<String, String> each : failing.entrySet()) {
            FtpTransferProcessor processor = new FtpTransferProcessor();
            processor.setCamelContext(context);
            processor.setEndpointUri(each.getValue());
            processor.setRemotePath("/in/file.txt");
            processor.getOptions().setWorkDirectory(work.toString());
            Exchange exchange = new DefaultExchange(context);
            try {
                processor.process(exchange);
            } catch (Exception e) {
                show("processor " + each.getKey(), e);
            }
            show("processor " + each.getKey(), exchange);
            processor.stop();
        }
    }

    private void mistakes(int port) {
        for (String option : List.of(
                "verify=perhaps",
                "nonsense=1",
                "stepwise=true",
                "activePortRange=x",
                "ftpClient.keystore.password=" + option(Secret.KEY_STORE))) {
            try {
                context.addRoutes(new RouteBuilder() {
                    @Override
                    public void configure() {
                        from(login(port, option)).to("mock:none");
                    }
                });
            } catch (Exception e) {
                show("mistake " + option.substring(0, option.indexOf('=')), e);
            }
        }
    }

    private static void show(String what, Exception failure) {
        OUT.println("PROBE " + what + " failed");
        failure.printStackTrace(OUT);
    }

    private static void show(String what, Exchange exchange) {
        OUT.println("PROBE " + what + " headers " + exchange.getMessage().getHeaders());
        OUT.println("PROBE " + what + " properties " + exchange.getAllProperties() + exchange.getFromEndpoint());
        if (exchange.getException() != null) {
            show(what, exchange.getException());
        }
    }

    private void show() throws Exception {
        for (Endpoint endpoint : context.getEndpoints()) {
            OUT.println(
                    "PROBE endpoint " + endpoint.getEndpointUri() + " " + endpoint.getEndpointKey() + " " + endpoint);
        }
        Thread.getAllStackTraces().keySet().forEach(thread -> OUT.println("PROBE thread " + thread));
        HealthCheckHelper.invoke(context, "full")
                .forEach(result -> OUT.println("PROBE health " + result + " " + result.getDetails()));
        if (referred) {
            showConsoles();
        }
        MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
        for (ObjectName name : beans.queryNames(null, null)) {
            show(beans, name);
        }
    }

    private void showConsoles() {
        DevConsoleRegistry consoles = DevConsoleRegistry.get(context);
        consoles.loadDevConsoles();
        for (DevConsole console : (Iterable<DevConsole>) consoles.stream()::iterator) {
            for (DevConsole.MediaType type : DevConsole.MediaType.values()) {
                if (console.supportMediaType(type)) {
                    try {
                        OUT.println("PROBE console " + console.getId() + " " + console.call(type));
                    } catch (Exception e) {
                        show("console " + console.getId(), e);
                    }
                }
            }
        }
    }

    private void show(MBeanServer beans, ObjectName name) throws Exception {
        for (MBeanAttributeInfo each : beans.getMBeanInfo(name).getAttributes()) {
            for (Object value : beans.getAttributes(name, new String[] {each.getName()})) {
                Object content = ((Attribute) value).getValue();
                String text = content instanceof Object[] array
                        ? java.util.Arrays.deepToString(array)
                        : String.valueOf(content);
                OUT.println("PROBE jmx " + name + " " + each.getName() + "=" + text);
            }
        }
        if (!referred || !name.getDomain().equals("org.apache.camel")) {
            return;
        }
        for (MBeanOperationInfo each : beans.getMBeanInfo(name).getOperations()) {
            if (each.getSignature().length == 0
                    && each.getName().matches("(dump|list|in(formation|flight)|explain).*")) {
                try {
                    Object told = beans.invoke(name, each.getName(), null, null);
                    OUT.println("PROBE jmx " + name + " " + each.getName() + "()=" + told);
                } catch (Exception e) {
                    show("jmx " + name + " " + each.getName(), e);
                }
            }
        }
    }
}
