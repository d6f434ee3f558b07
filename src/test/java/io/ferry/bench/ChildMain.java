package io.ferry.bench;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A client of this benchmark as a process of its own, with a heap of 64 MiB and the class path of this JVM. */
public final class ChildMain {
    static final String HEAP = "64m";

    private ChildMain() {}

    /** Arguments: which client, the file that holds the job, Ferry's options. */
    public static void main(String[] arguments) throws Exception {
        Job job = Job.read(Path.of(arguments[1]));
        client(arguments[0], arguments[2]).run(job);
        System.exit(0); // pools keep threads for a while
    }

    private static Contender.Client client(String name, String ferryOptions) {
        return switch (name) {
            case "ferry" -> CamelClient.ferry(ferryOptions);
            case "stock" -> CamelClient.stock();
            case "commons-net" -> new CommonsNetClient();
            default -> throw new IllegalArgumentException(name);
        };
    }

    static Contender.Program program(String client, String ferryOptions) {
        return job -> java(
                HEAP,
                ChildMain.class,
                client,
                job.write(job.scratch().resolve("job.properties")).toString(),
                ferryOptions);
    }

    /** A main class of the benchmark in another JVM. */
    static List<String> java(String heap, Class<?> main, String... arguments) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return Stream.concat(
                        Stream.of(
                                java,
                                "-Xmx" + heap,
                                "-Dorg.apache.camel.jmx.disabled=true",
                                "-Djdk.tls.client.enableSessionTicketExtension=false",
                                "-cp",
                                classPath(),
                                main.getName()),
                        Stream.of(arguments))
                .toList();
    }

    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> new File(entry).getAbsolutePath())
                .collect(Collectors.joining(File.pathSeparator));
    }
}
