package io.ferry.campaign;

import io.ferry.campaign.FaultPlan.PlannedFile;
import io.ferry.campaign.FaultPlan.Surroundings;
import io.ferry.testkit.Await;
import io.ferry.testkit.Content;
import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.testkit.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;

/**
 * One run: some files, a route with Ferry in it, a server, and a proxy between them that breaks things as planned, after
 * which the line is sound. It owns the context, the proxy, the watcher and its directory; the server stays the caller's.
 */
final class CampaignRun {
    static final int REPLY_MILLIS = 1500;
    static final int STALL_MILLIS = 800;
    static final int CONNECT_MILLIS = 2000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final FaultPlan plan;
    private final List<PlannedFile> files;
    private final Surroundings surroundings;
    private final RemoteFiles remote;
    private final TestServer server;
    private final Path local;
    private final String name;
    private final Observed observed = new Observed();
    private final List<String> problems = new ArrayList<>();
    private Map<FaultKind, Draw> draws = Map.of();

    /**
     * What became of a run.
     *
     * @param fired the kinds of fault that struck
     * @param problems what is wrong; empty for a good run
     * @param story what happened, for the reader of a failure
     */
    record Result(FaultPlan plan, Set<FaultKind> fired, List<String> problems, String story, Duration time) {
        boolean isGood() {
            return problems.isEmpty();
        }
    }

    /**
     * A run that has not begun.
     *
     * @param directory of this run alone; it is made here, and left to the caller
     * @param name unique in this JVM
     */
    CampaignRun(FaultPlan plan, TestServer server, Path directory, String name) {
        this.plan = plan;
        this.files = plan.files();
        this.surroundings = plan.surroundings();
        this.server = server;
        this.remote = RemoteFiles.of(server);
        this.local = directory;
        this.name = name;
    }

    Result run() {
        long begin = System.nanoTime();
        try {
            Files.createDirectories(local);
            try (FaultProxy proxy = FaultProxy.before(server)) {
                try {
                    transfer(proxy);
                } finally {
                    story(proxy);
                }
            }
            checkDescriptors();
        } catch (Exception | AssertionError e) {
            problems.add(String.valueOf(e));
        }
        EnumSet<FaultKind> fired = EnumSet.noneOf(FaultKind.class);
        draws.forEach((kind, draw) -> {
            if (draw.faults().stream().anyMatch(fault -> fault.fired() > 0) || turnsAway(kind, draw)) {
                fired.add(kind);
            }
        });
        return new Result(
                plan, fired, List.copyOf(problems), observed.story(), Duration.ofNanos(System.nanoTime() - begin));
    }

    /** Refused data ports strike only where no other fault ended the session before the client came to them. */
    private boolean turnsAway(FaultKind kind, Draw draw) {
        return draw.refuses()
                && (kind != FaultKind.DEAD_PORT || observed.story().contains("cannot open the data connection"));
    }

    private void transfer(FaultProxy proxy) throws Exception {
        boolean down = plan.direction() == Direction.DOWN;
        String place = name + (down ? "/outbound" : "/inbound");
        remote.makeDirectory(place);
        Path here = Files.createDirectories(local.resolve(down ? "inbox" : "outbox"));
        put(place, here);
        draws = plan.arm(proxy);
        WatchedFiles target = down ? new WatchedFiles.OnDisk(here) : remote.watched(place);
        Map<String, Integer> repeats = down && surroundings.behind() ? surroundings.failures() : Map.of();
        try (Watcher watcher = new Watcher(name, target, files, repeats);
                Receiver receiver = new Receiver(name, remote, place, surroundings.taken() ? files : List.of())) {
            try (DefaultCamelContext context = context()) {
                context.addRoutes(down ? pull(proxy, place, here) : push(proxy, place, here));
                context.start();
                if (draws.values().stream().anyMatch(Draw::refuses)) {
                    until("the client is turned away", () -> observed.failures() > 0);
                    proxy.acceptAgain();
                }
                List<String> names =
                        files.stream().map(PlannedFile::name).sorted().toList();
                until(
                        "all delivered and no source left",
                        () -> down
                                ? remote.tree(place).isEmpty()
                                        && WatchedFiles.tree(here).containsAll(names)
                                : WatchedFiles.tree(here).isEmpty()
                                        && (surroundings.taken() ? receiver.taken() : remote.tree(place))
                                                .containsAll(names));
                proxy.clearFaults();
                observed.awaitPolls(2, LIMIT);
            } finally {
                proxy.clearFaults();
            }
            if (!Await.holds(Duration.ofSeconds(5), () -> proxy.openSessions() == 0)) {
                problems.add(proxy.openSessions() + " control connections are still open");
            }
            checkThreads();
            checkClear(proxy);
            watcher.close();
            problems.addAll(watcher.wrong());
            receiver.close();
            problems.addAll(receiver.wrong());
            problems.addAll(observed.wrongFailures(surroundings));
        }
        checkDelivered(down, place, here);
    }

    /** Sources appear whole, in one step. */
    private void put(String place, Path here) throws IOException {
        for (PlannedFile file : files) {
            if (plan.direction() == Direction.DOWN) {
                remote.put(place + "/" + file.name(), file);
            } else {
                RemoteFiles.OnDisk staging = new RemoteFiles.OnDisk(local);
                staging.put("staged", file);
                Files.move(local.resolve("staged"), here.resolve(file.name()));
            }
        }
    }

    private DefaultCamelContext context() {
        DefaultCamelContext context = new DefaultCamelContext();
        context.getCamelContextExtension().setName(name);
        context.getShutdownStrategy().setTimeout(20);
        observed.bind(context.getRegistry());
        return context;
    }

    private String ferry(FaultProxy proxy, String place, String options) {
        String scheme = server.tls() == null ? "ferry-ftp" : "ferry-ftps";
        return scheme + ":127.0.0.1:" + proxy.port() + "/" + place + "?username=" + server.user() + "&password=RAW("
                + server.password() + ")&reconnectDelay=10&connectTimeout=" + CONNECT_MILLIS + "&soTimeout="
                + REPLY_MILLIS + "&timeout=" + STALL_MILLIS + plan.settings() + tls() + options;
    }

    private String tls() {
        TestServer.Tls tls = server.tls();
        return tls == null
                ? ""
                : "&securityProtocol=" + plan.protocol() + "&ftpClient.trustStore.file=" + tls.truststore()
                        + "&ftpClient.trustStore.type=PKCS12&ftpClient.trustStore.password=" + tls.truststorePassword();
    }

    private RouteBuilder pull(FaultProxy proxy, String place, Path inbox) {
        String from = ferry(
                proxy, place, "&delete=true&initialDelay=0&delay=30&pollStrategy=#polls&exceptionHandler=#failures");
        return new RouteBuilder() {
            @Override
            public void configure() {
                var route = from(from).routeId("pull").process(observed::delivered);
                if (surroundings.behind()) {
                    route.to("file:" + inbox).process(exchange -> observed.failFirst(exchange, surroundings));
                } else {
                    route.process(exchange -> observed.failFirst(exchange, surroundings))
                            .to("file:" + inbox);
                }
            }
        };
    }

    private RouteBuilder push(FaultProxy proxy, String place, Path outbox) {
        return new RouteBuilder() {
            @Override
            public void configure() {
                errorHandler(noErrorHandler());
                from("file:" + outbox
                                + "?delete=true&initialDelay=0&delay=30&pollStrategy=#polls&exceptionHandler=#failures")
                        .routeId("push")
                        .to(ferry(proxy, place, "&workDirectory=" + local.resolve("work")))
                        .process(exchange -> observed.failFirst(exchange, surroundings));
            }
        };
    }

    private static void until(String what, BooleanSupplier condition) {
        Await.until(what, LIMIT, condition);
    }

    private void checkDelivered(boolean down, String place, Path here) throws IOException {
        WatchedFiles target = down ? new WatchedFiles.OnDisk(here) : remote.watched(place);
        try (target) {
            for (PlannedFile file : surroundings.taken() ? List.<PlannedFile>of() : files) {
                byte[] content = target.content(file.name());
                if (content == null) {
                    problems.add(file.name() + " is not there at the end");
                } else {
                    try {
                        Content.assertIs(content, file.size(), file.seed());
                    } catch (AssertionError e) {
                        problems.add(file.name() + " is wrong at the end: " + e.getMessage());
                    }
                }
            }
        }
        if (down) {
            problems.addAll(observed.wrongDeliveries(files));
        }
        List<String> names = files.stream().map(PlannedFile::name).toList();
        List<String> left = new ArrayList<>(WatchedFiles.tree(local));
        left.removeIf(each ->
                isRecord(each) || (down && names.stream().anyMatch(file -> each.equals("inbox/" + file))));
        remote.tree(place).stream()
                .filter(each -> down || !names.contains(each))
                .forEach(each -> left.add("remote: " + each));
        left.removeIf(this::waitsForItsExpiry);
        if (!left.isEmpty()) {
            problems.add("left behind: " + left);
        }
    }

    /** What Ferry keeps on purpose: who it is, and what it has delivered. */
    private static boolean isRecord(String path) {
        String last = path.substring(path.lastIndexOf('/') + 1);
        return (path.startsWith("inbox/.ferry/") || path.startsWith("work/"))
                && Set.of("installation", "deliveries", "deliveries.lock", "open", "premoved")
                        .contains(last);
    }

    /** Partials that Ferry leaves to their expiry, each by the rule that says so. */
    private boolean waitsForItsExpiry(String path) {
        if (!path.contains(".ferry-part")) {
            return false;
        }
        // A version that never was, such as one that a lying server made up.
        boolean otherVersion = struck(FaultKind.WRONG_SIZE);
        // MockFtpServer puts a file back under its name when a lost upload ends, however long it has been gone.
        boolean putBack = server.name().equals("fake") && struck(FaultKind.DATA_STALL);
        // A STOR that the server comes to when its client has long gone on under another name makes the file anew.
        boolean lateStore =
                struck(FaultKind.CONTROL_STALL) && observed.story().contains("no reply to STOR within the time-out");
        return otherVersion || putBack || lateStore;
    }

    private boolean struck(FaultKind kind) {
        Draw draw = draws.get(kind);
        return draw != null && draw.faults().stream().anyMatch(fault -> fault.fired() > 0);
    }

    /** Under TLS nothing but the wish for it crosses the line in the clear. */
    private void checkClear(FaultProxy proxy) {
        if (server.tls() != null) {
            proxy.commands().stream()
                    .filter(command -> !command.equals("AUTH TLS"))
                    .forEach(command -> problems.add("in the clear: " + command));
        }
    }

    private void checkThreads() {
        List<String> left = new ArrayList<>();
        boolean gone = Await.holds(Duration.ofSeconds(5), () -> {
            left.clear();
            Thread.getAllStackTraces().keySet().stream()
                    .filter(Thread::isAlive)
                    .map(Thread::getName)
                    .filter(each -> each.contains("(" + name + ")"))
                    .forEach(left::add);
            return left.isEmpty();
        });
        if (!gone) {
            problems.add("threads left: " + left);
        }
    }

    /** No file of this run is open any more. */
    private void checkDescriptors() {
        List<String> left = new ArrayList<>();
        boolean closed = Await.holds(Duration.ofSeconds(5), () -> {
            left.clear();
            try (var links = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
                for (Path link : links) {
                    if (Files.isSymbolicLink(link)) {
                        addTarget(link, left);
                    }
                }
            } catch (IOException e) {
                throw new IllegalStateException("needs /proc", e);
            }
            return left.isEmpty();
        });
        if (!closed) {
            problems.add("files left open: " + left);
        }
    }

    private void addTarget(Path link, List<String> into) {
        try {
            String target = Files.readSymbolicLink(link).toString();
            if (target.startsWith(local + "/")) {
                into.add(target);
            }
        } catch (IOException ignored) {
            // closed meanwhile
        }
    }

    private void story(FaultProxy proxy) {
        observed.add(surroundings
                + (server.tls() == null ? "" : ", " + plan.protocol())
                + (plan.compresses() ? ", compress=true" : ""));
        draws.forEach((kind, draw) -> observed.add(kind + ": "
                + (draw.refuses()
                        ? "refused"
                        : draw.faults().stream().map(Fault::toString).toList())));
        observed.add("commands: " + proxy.commands());
    }
}
