package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.testkit.ApacheFtp;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.spi.Metadata;
import org.apache.camel.support.DefaultExchange;
import org.apache.camel.support.service.ServiceHelper;
import org.junit.jupiter.api.Test;

/** Ferry's headers are those of the README's table, and have the types that it says. */
class HeadersTest extends RouteFixture {

    /** Who sets or reads a header, by the label of its constant. */
    private static final Map<String, String> WHO = Map.of(
            "", "set after a transfer",
            "consumer", "set by a consumer",
            "processor", "read by `FtpTransferProcessor`",
            "result", "set by `FtpTransferProcessor`");

    private static Map<String, Metadata> headers() throws Exception {
        Map<String, Metadata> headers = new LinkedHashMap<>();
        for (Field each : FerryHeaders.class.getDeclaredFields()) {
            if (Modifier.isPublic(each.getModifiers())) {
                headers.put((String) each.get(null), each.getAnnotation(Metadata.class));
            }
        }
        return headers;
    }

    /** What a message has of Ferry's, by name, with the types. */
    private static Map<String, String> found(Exchange exchange) {
        Map<String, String> types = new TreeMap<>();
        exchange.getMessage().getHeaders().forEach((name, value) -> {
            if (name.startsWith("CamelFerry")) {
                types.put(name, value.getClass().getSimpleName());
            }
        });
        return types;
    }

    private static Map<String, String> declared(List<String> labels) throws Exception {
        Map<String, String> types = new TreeMap<>();
        headers().forEach((name, metadata) -> {
            if (labels.contains(metadata.label())) {
                types.put(name, metadata.javaType());
            }
        });
        return types;
    }

    @Test
    void theReadmesTableIsTheCodes() throws Exception {
        List<String> rows = new ArrayList<>(List.of("| header | type | | meaning |", "|---|---|---|---|"));
        headers().forEach((name, metadata) -> {
            assertThat(WHO).containsKey(metadata.label());
            String values =
                    metadata.enums().isEmpty() ? "" : " `" + metadata.enums().replace(",", "`, `") + "`.";
            rows.add("| `" + name + "` | " + metadata.javaType() + " | " + WHO.get(metadata.label()) + " | "
                    + metadata.description() + values + " |");
        });
        String readme = Files.readString(Path.of("README.md"));
        String section = readme.substring(readme.indexOf("### Headers"), readme.indexOf("## Linter"));

        assertThat(section.lines().filter(each -> each.startsWith("|")).toList())
                .as("README.md must hold this table, as it stands:\n%s", String.join("\n", rows))
                .isEqualTo(rows);
        assertThat(headers().keySet())
                .containsAll(Pattern.compile("CamelFerry[A-Z]\\w+")
                        .matcher(readme)
                        .results()
                        .map(MatchResult::group)
                        .toList());
    }

    @Test
    void aConsumerSetsThoseOfATransferAndItsOwn() throws Exception {
        on(ApacheFtp.start());
        put("box/a.txt", "hello", Duration.ofHours(1));
        BlockingQueue<Map<String, String>> taken = new LinkedBlockingQueue<>();
        deliver(in("box", "delete=true"), exchange -> taken.add(found(exchange)));

        assertThat(taken.poll(30, TimeUnit.SECONDS)).isEqualTo(declared(List.of("", "consumer")));
    }

    @Test
    void aProducerAndTheProcessorSetThoseOfATransfer() throws Exception {
        on(ApacheFtp.start());
        directory("box");
        context.start();
        Exchange sent = context.createProducerTemplate().send(uri("box", ""), exchange -> {
            exchange.getIn().setHeader(Exchange.FILE_NAME, "a.txt");
            exchange.getIn().setBody("hello");
        });
        assertThat(found(sent)).isEqualTo(declared(List.of("")));

        FtpTransferProcessor processor = new FtpTransferProcessor();
        processor.setCamelContext(context);
        processor.setEndpointUri(uri("box", "").replace("ferry-ftp:", "ftp:").replaceAll("&workDirectory=[^&]*", ""));
        ServiceHelper.startService(processor);
        try {
            Exchange entered = new DefaultExchange(context);
            entered.getMessage().setHeader(FerryHeaders.OPERATION, "changeDirectory");
            entered.getMessage().setHeader(FerryHeaders.REMOTE_PATH, "/box");
            processor.process(entered);
            Map<String, String> expected = declared(List.of("result"));
            expected.put(FerryHeaders.OPERATION, "String");
            expected.put(FerryHeaders.REMOTE_PATH, "String");
            assertThat(found(entered)).isEqualTo(expected);
        } finally {
            ServiceHelper.stopAndShutdownService(processor);
        }
    }
}
