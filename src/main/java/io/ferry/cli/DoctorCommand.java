package io.ferry.cli;

import io.ferry.camel.PartnerSettings;
import io.ferry.console.Screen;
import io.ferry.doctor.Check;
import io.ferry.doctor.Examination;
import io.ferry.doctor.RouteExample;
import io.ferry.session.FtpException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.camel.util.json.JsonArray;
import org.apache.camel.util.json.JsonObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "doctor",
        header = "Examines a server and says what is wrong with it, and what to do.",
        description = {
            "Connects, and reports check by check: name, connection, TLS, certificate, login, features, passive ports, listing, SIZE,"
                    + " MDTM, idle time-out, sessions allowed. Ends with the route for this server in YAML. Nothing is written to the"
                    + " server without --write.",
            "The exit code is that of the first failure that has one (3, 4, 7), 9 for any other, and 0 where no check failed."
        })
final class DoctorCommand extends RemoteCommand {

    private static final Map<Check.Status, String> COLOURS = Map.of(
            Check.Status.OK, "\u001b[32m",
            Check.Status.NOTE, "\u001b[36m",
            Check.Status.WARN, "\u001b[33m",
            Check.Status.FAIL, "\u001b[31m");

    private static final String PLAIN = "\u001b[0m";

    @Parameters(
            index = "0",
            paramLabel = "URL",
            description = "The directory to examine, such as ferry-ftps://user@host/dir.")
    private String place;

    @Option(
            names = "--write",
            description =
                    "Try REST, rename, clock and throughput as well, with hidden files of its own that are removed afterwards.")
    private boolean write;

    @Option(names = "--json", description = "Print one JSON object instead of lines.")
    private boolean json;

    @Option(
            names = "--sessions",
            paramLabel = "N",
            description =
                    "Open up to so many sessions at once, to see how many are allowed. 1 opens no others. Default: maxSessions.")
    private int sessions;

    @Option(
            names = "--throughput",
            paramLabel = "MIB",
            description = "With --write, how many MiB are sent and fetched for each block size, 1 to 256. Default: 4.")
    private int throughput = 4;

    DoctorCommand(Screen screen) {
        super(screen);
    }

    @Override
    public Integer call() throws Exception {
        RemoteUrl url = url(place);
        if (throughput < 1 || throughput > 256) {
            throw wrongUse("--throughput takes 1 to 256");
        }
        try (PartnerSettings settings = connection().settings(url, options -> {})) {
            Examination examination = new Examination(
                    settings.partner(),
                    url.path(),
                    sessions < 1 ? settings.partner().maxSessions() : sessions,
                    throughput << 20,
                    write,
                    json ? check -> {} : this::print);
            Examination.Result result = examination.run();
            String yaml = result.reached() ? yaml(url, result) : null;
            if (json) {
                out().println(json(url, result, yaml).toJson());
            } else {
                end(result, yaml);
            }
            return code(result).code();
        }
    }

    private String yaml(RemoteUrl url, Examination.Result result) {
        Map<String, String> options = new LinkedHashMap<>(connection().options(url));
        options.putAll(result.options());
        return RouteExample.of(
                url.scheme(), ConnectionArguments.authority(url, options), url.user(), url.path(), options);
    }

    private static ExitCode code(Examination.Result result) {
        if (!result.isFailed()) {
            return ExitCode.OK;
        }
        Throwable cause = result.cause();
        if (cause != null && cause.getCause() != null && !(cause instanceof FtpException)) {
            cause = cause.getCause();
        }
        ExitCode code = cause == null ? ExitCode.CHECK : ExitCode.of(cause);
        return List.of(ExitCode.CONNECT, ExitCode.LOGIN, ExitCode.TLS).contains(code) ? code : ExitCode.CHECK;
    }

    private void print(Check check) {
        String status = "%-4s".formatted(check.status().name().toLowerCase(Locale.ROOT));
        boolean coloured = screen().hasBars() && System.getenv("NO_COLOR") == null;
        out().printf(
                        "%s  %-13s  %s%n",
                        coloured ? COLOURS.get(check.status()) + status + PLAIN : status,
                        check.name(),
                        Shown.text(check.finding()));
        String advice = check.advice();
        if (advice != null && !advice.isEmpty()) {
            out().printf("%21s%s%n", "-> ", Shown.text(advice));
        }
        out().flush();
    }

    private void end(Examination.Result result, @Nullable String yaml) {
        long failed = count(result, Check.Status.FAIL);
        long warned = count(result, Check.Status.WARN);
        out().printf(
                        "%n%s%n",
                        failed == 0
                                ? "Ferry works with this server" + (warned == 0 ? "." : "; see the warnings.")
                                : failed + (failed == 1 ? " check" : " checks") + " failed.");
        if (yaml != null) {
            out().printf(
                            "%nThe route for this server, for routes/partner.yaml; what stands in {{ }} goes into"
                                    + " application.properties:%n%n%s",
                            yaml);
        }
        out().flush();
    }

    private static long count(Examination.Result result, Check.Status status) {
        return result.checks().stream().filter(each -> each.status() == status).count();
    }

    private static JsonObject json(RemoteUrl url, Examination.Result result, @Nullable String yaml) {
        JsonArray checks = new JsonArray();
        for (Check each : result.checks()) {
            JsonObject check = new JsonObject();
            check.put("name", each.name());
            check.put("status", each.status().name().toLowerCase(Locale.ROOT));
            check.put("finding", each.finding());
            check.put("advice", each.advice());
            checks.add(check);
        }
        JsonObject all = new JsonObject();
        all.put("partner", url.toString());
        all.put("failed", result.isFailed());
        all.put("checks", checks);
        all.put("options", new JsonObject(result.options()));
        all.put("yaml", yaml);
        return all;
    }
}
