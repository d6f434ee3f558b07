package io.ferry.campaign.kill;

import io.ferry.testkit.Fault;
import io.ferry.testkit.FaultProxy.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Where a process is when it is killed. "Asked" is the command held back, which the server never sees; "done" is the command
 * carried out and its final reply held back.
 */
enum Phase {
    PULL_CONNECT("connect", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("", "USER");
        }
    },
    PULL_LIST_ASKED("listing", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("", "MLSD", "LIST");
        }
    },
    PULL_LIST_DONE("listing", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("", "MLSD", "LIST");
        }
    },
    PULL_FACTS("transfer", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("outbound/", "SIZE", "MLST", "MDTM");
        }
    },
    PULL_RETR_ASKED("transfer", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("outbound/", "RETR");
        }
    },
    PULL_RETR_FLIGHT("transfer", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.inFlight(Direction.DOWN);
        }
    },
    PULL_RETR_DONE("transfer", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("outbound/", "RETR");
        }
    },
    PULL_ROUTE_BEGUN("route", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.in(Journal.Step.BEGUN);
        }
    },
    PULL_ARRIVED("route", true) {
        @Override
        Trap arm(Scene scene) {
            int wanted = Site.files(scene.site().inbox, 1).size() + 1 + scene.small(3);
            return new Trap(() -> Site.files(scene.site().inbox, 1).size() >= wanted);
        }
    },
    PULL_STORED("route", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.in(Journal.Step.STORED);
        }
    },
    PULL_ROUTE_END("route", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.in(Journal.Step.JOURNALED);
        }
    },
    /** Right after one of the writes to the record of deliveries. */
    PULL_RECORD("record", true) {
        @Override
        Trap arm(Scene scene) {
            Path record = scene.site().record();
            long before = sizeOf(record);
            AtomicInteger left = new AtomicInteger(1 + scene.small(8));
            long[] last = {before};
            return new Trap(() -> {
                long now = sizeOf(record);
                if (now == last[0]) {
                    return false;
                }
                last[0] = now;
                return left.decrementAndGet() <= 0;
            });
        }
    },
    PULL_DELE_ASKED("commit", true, Site.Commit.DELETE) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("outbound/", "DELE");
        }
    },
    PULL_DELE_DONE("commit", true, Site.Commit.DELETE) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("outbound/", "DELE");
        }
    },
    PULL_RNFR_ASKED("commit", true, Site.Commit.MOVE) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("outbound/", "RNFR");
        }
    },
    PULL_RNTO_ASKED("commit", true, Site.Commit.MOVE) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("outbound/", "RNTO");
        }
    },
    PULL_RNTO_DONE("commit", true, Site.Commit.MOVE) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("outbound/", "RNTO");
        }
    },
    PULL_INSTANT("instant", true) {
        @Override
        Trap arm(Scene scene) {
            return scene.anyTime();
        }
    },
    PUSH_CONNECT("connect", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("", "USER");
        }
    },
    PUSH_PARTIAL_ASKED("transfer", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("inbound/", "SIZE", "MLST");
        }
    },
    PUSH_STOR_ASKED("transfer", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("inbound/", "STOR");
        }
    },
    PUSH_STOR_FLIGHT("transfer", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.inFlight(Direction.UP);
        }
    },
    PUSH_STOR_DONE("transfer", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("inbound/", "STOR");
        }
    },
    PUSH_RNFR_ASKED("publish", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("inbound/", "RNFR");
        }
    },
    PUSH_RNTO_ASKED("publish", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.asked("inbound/", "RNTO");
        }
    },
    PUSH_RNTO_DONE("publish", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.done("inbound/", "RNTO");
        }
    },
    /** Between the reply to RNTO and the move of the drop into its folder for what was sent. */
    PUSH_PUBLISHED("publish", false) {
        @Override
        Trap arm(Scene scene) {
            long[] renamedAt = {0};
            long delay = TimeUnit.MICROSECONDS.toNanos(scene.small(3000));
            scene.site()
                    .proxy
                    .delayReply("RNTO", 0)
                    .containing("inbound/")
                    .skip(scene.small(Site.FILES))
                    .then(() -> renamedAt[0] = System.nanoTime());
            return new Trap(() -> renamedAt[0] != 0 && System.nanoTime() - renamedAt[0] > delay);
        }
    },
    PUSH_INSTANT("instant", false) {
        @Override
        Trap arm(Scene scene) {
            return scene.anyTime();
        }
    };

    /** What a kill waits for; a trap in the proxy kills by itself. */
    record Trap(BooleanSupplier due, String stopAt) {
        Trap(BooleanSupplier due) {
            this(due, "");
        }
    }

    /** What a phase needs to set its trap. */
    record Scene(Site site, Victim victim, Random random) {

        int small(int bound) {
            return random.nextInt(bound);
        }

        Trap asked(String part, String... commands) {
            int passed = skip(commands[0]);
            return first(site.proxy::cutControlOn, part, passed, commands);
        }

        Trap done(String part, String... commands) {
            int passed = skip(commands[0]);
            return first(site.proxy::cutControlOnReplyTo, part, passed, commands);
        }

        /** Servers differ in the command they are asked with: whichever comes first. */
        private Trap first(Rule rule, String part, int passed, String... commands) {
            for (String command : commands) {
                rule.on(command).containing(part).skip(passed).then(victim::kill);
            }
            return new Trap(() -> false);
        }

        /** Every process lists and transfers more often than this, but may connect only once. */
        private int skip(String command) {
            return command.equals("USER") ? 0 : small(Site.FILES);
        }

        Trap inFlight(Direction direction) {
            // At byte 1, at the last one, or anywhere between, always of a large file.
            int at = List.of(1, Site.BIG - 1, 1 + small(Site.BIG - 1), 1 + small(Site.BIG - 1))
                    .get(small(4));
            site.proxy.stallDataAfter(at, direction).containing("big").then(victim::kill);
            return new Trap(() -> false);
        }

        Trap in(Journal.Step step) {
            return new Trap(() -> victim.hasSaid(Journal.STOPPED), Journal.at(step, 1 + small(Site.FILES)));
        }

        /** Within the time that a process needs for all of it, from the first connection on. */
        Trap anyTime() {
            long before = site.proxy.controlConnections();
            long delay = TimeUnit.MILLISECONDS.toNanos(small(700));
            long[] connectedAt = {0};
            return new Trap(() -> {
                if (connectedAt[0] == 0 && site.proxy.controlConnections() > before) {
                    connectedAt[0] = System.nanoTime();
                }
                return connectedAt[0] != 0 && System.nanoTime() - connectedAt[0] > delay;
            });
        }
    }

    private interface Rule {
        Fault on(String command);
    }

    /** What the phase belongs to, coarser. */
    final String group;
    /** Whether it is one of pulling. */
    final boolean pull;

    private final Site.Commit needs;

    Phase(String group, boolean pull) {
        this(group, pull, null);
    }

    Phase(String group, boolean pull, Site.Commit needs) {
        this.group = group;
        this.pull = pull;
        this.needs = needs;
    }

    /** Sets the trap, before the process is started. */
    abstract Trap arm(Scene scene);

    /** Whether it can happen where sources are committed this way. */
    boolean fits(Site.Commit commit) {
        return needs == null || needs == commit;
    }

    /** Whether a process that does only this phase's direction is needed to tell whose event it is. */
    boolean alone() {
        return group.equals("connect");
    }

    String direction() {
        return pull ? "pull" : "push";
    }

    String title() {
        return name().substring(5).toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static long sizeOf(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            return 0;
        }
    }
}
