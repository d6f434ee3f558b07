package io.ferry.bench;

import io.ferry.testkit.Proftpd;
import io.ferry.testkit.Vsftpd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Runs the benchmark as its system properties say, see {@link Settings}, and writes target/bench, see {@link Report}. */
public final class Bench {
    static final String BLOCKS = "blocks";
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Settings settings;
    private final Report report;
    private final Progress progress;
    private final Path disk;

    private Bench(Settings settings) {
        this.settings = settings;
        report = new Report(settings);
        progress = new Progress(Plan.of(settings), System::nanoTime);
        disk = settings.project().resolve("target/bench/work");
    }

    public static void main(String[] arguments) throws Exception {
        if (!Vsftpd.available()) {
            System.err.println("##### NOTHING MEASURED: vsftpd needs root, and apt-get install vsftpd #####");
            System.exit(1);
        }
        System.exit(new Bench(Settings.fromProperties()).run() ? 0 : 1);
    }

    /** Whether Ferry's files were all right; a peer that is missing or fails is named, and does not count. */
    private boolean run() throws Exception {
        near(false);
        extras();
        near(true);
        new Far(settings, MEMORY, report, progress).measure();
        extra(BLOCKS, Blocks::run);
        if (settings.publish()) {
            report.publish();
        }
        return !report.anyWrong();
    }

    private void near(boolean onDisk) throws Exception {
        List<Scene> scenes = Scenes.near(settings).stream()
                .filter(each -> each.disk() == onDisk)
                .toList();
        if (scenes.isEmpty()) {
            return;
        }
        try (Grounds grounds = new Grounds(onDisk ? disk : MEMORY, onDisk)) {
            Contenders contenders = contenders(grounds);
            for (boolean tls : new boolean[] {false, true}) {
                try (Server server = Server.start(grounds.served(), tls)) {
                    for (Scene scene : scenes) {
                        if (scene.tls() == tls) {
                            report.add(new Duel(grounds, server, scene, progress, settings.warmUp())
                                    .fight(contenders.in(scene), settings.rule()));
                        }
                    }
                }
            }
        }
    }

    private Contenders contenders(Grounds grounds) {
        Contenders contenders = new Contenders(settings, grounds.served());
        contenders
                .missing()
                .forEach((name, debian) -> report.note(
                        "Not measured: " + name + ", which is not installed (`apt-get install " + debian + "`)."));
        return contenders;
    }

    private interface Measuring {
        Optional<Extra> run() throws Exception;
    }

    /** One that fails is named, and leaves the others. */
    private void extra(String id, Measuring measuring) throws IOException, InterruptedException {
        if (!settings.wants(id)) {
            return;
        }
        progress.at(id, "measuring", 0);
        try {
            Optional<Extra> extra = measuring.run();
            if (extra.isPresent()) {
                report.add(extra.get());
            }
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception | AssertionError e) {
            report.fail(id, e);
        }
        progress.ended(id);
    }

    private void extras() throws Exception {
        extra(Commands.ID, () -> Optional.of(commands()));
        extra(Listing.ID, () -> {
            try (Grounds grounds = new Grounds(MEMORY, false);
                    Server server = Server.start(grounds.served(), false)) {
                return Optional.of(new Listing(settings, grounds, server).measure());
            }
        });
        extra(ManyPartners.ID, () -> {
            try (Grounds grounds = new Grounds(MEMORY, false)) {
                return Optional.of(new ManyPartners(settings, grounds).measure());
            }
        });
        extra(Memory.ID, () -> Optional.of(new Memory(settings, MEMORY).measure()));
        extra(Costs.ID, this::costs);
    }

    private Extra commands() throws Exception {
        try (Grounds grounds = new Grounds(MEMORY, false)) {
            Commands commands = new Commands(grounds);
            List<Contender> all = contenders(grounds).all();
            try (Server server = Server.start(grounds.served(), false)) {
                commands.atVsftpd(server, all);
            }
            if (Proftpd.available()) {
                try (Server server = Server.proftpd(grounds.served())) {
                    commands.atProftpd(server, all);
                }
            } else {
                report.note("Not measured: commands with MLST; ProFTPD is neither installed nor to be had.");
            }
            return commands.table();
        }
    }

    /** Only ProFTPD computes digests; durability costs something on a real disk only. */
    private Optional<Extra> costs() throws Exception {
        Costs costs = new Costs(settings, progress);
        List<String> verify = List.of("verify=size", "verify=none", "verify=digest");
        if (Proftpd.available()) {
            try (Grounds grounds = new Grounds(MEMORY, false);
                    Server server = Server.proftpd(grounds.served())) {
                report.add(costs.compare(
                        "costs-verify",
                        "What verification costs, ProFTPD",
                        grounds,
                        server,
                        plainScenes(false),
                        verify));
            }
        } else {
            report.note("Not measured: what verification costs; ProFTPD is neither installed nor to be had.");
        }
        try (Grounds grounds = new Grounds(disk, true);
                Server server = Server.start(grounds.served(), false)) {
            return Optional.of(costs.compare(
                    "costs-durable",
                    "What durability costs, vsftpd",
                    grounds,
                    server,
                    plainScenes(true),
                    List.of("durable=true", "durable=false")));
        }
    }

    private List<Scene> plainScenes(boolean onDisk) {
        return Scenes.all(settings).stream()
                .filter(each -> !each.tls() && each.line() == null && each.disk() == onDisk)
                .toList();
    }
}
