package io.ferry.bench;

import java.util.ArrayList;
import java.util.List;

/** The cases that move files. */
final class Scenes {
    private static final long SMALL = 4 << 10;
    /** Losses keep one session so slow that a part of the file tells as much. */
    private static final int LOSSY = 4;

    private Scenes() {}

    /** Over the loopback interface: large-down, large-up, with -disk and -tls; small-down, small-up, with -disk. */
    static List<Scene> near(Settings settings) {
        return all(settings).stream().filter(each -> settings.wants(each.id())).toList();
    }

    /** The same, whether selected or not. */
    static List<Scene> all(Settings settings) {
        List<Scene> scenes = new ArrayList<>();
        for (boolean disk : new boolean[] {false, true}) {
            for (boolean tls : new boolean[] {false, true}) {
                for (boolean down : new boolean[] {true, false}) {
                    scenes.add(near("large", down, 1, settings.large(), disk, tls));
                }
            }
        }
        for (boolean down : new boolean[] {true, false}) {
            scenes.add(near("small", down, settings.small(), SMALL, false, false));
            scenes.add(near("small", down, settings.small(), SMALL, true, false));
        }
        return scenes;
    }

    private static Scene near(String kind, boolean down, int files, long size, boolean disk, boolean tls) {
        String id = kind + (down ? "-down" : "-up") + (disk ? "-disk" : "") + (tls ? "-tls" : "");
        String title = "%s %s, %s, %s"
                .formatted(
                        what(files, size), down ? "down" : "up", disk ? "disk" : "memory", tls ? "TLS 1.3" : "plain");
        return new Scene(id, title, down, files, size, disk, tls, null);
    }

    /** Over a long line, down: line-40ms-1000m-0pct-large, -small, with -tls. */
    static List<Scene> far(Settings settings) {
        List<Scene> scenes = new ArrayList<>();
        for (int megabits : new int[] {100, 1000}) {
            for (int loss : new int[] {0, 1}) {
                Scene.Shape line = new Scene.Shape(40, megabits, loss);
                for (boolean tls : new boolean[] {false, true}) {
                    long large = settings.lineLarge() / (loss == 0 ? 1 : LOSSY);
                    scenes.add(far("large", 1, large, tls, line));
                    scenes.add(far("small", settings.lineSmall(), SMALL, tls, line));
                }
            }
        }
        return scenes.stream().filter(each -> settings.wants(each.id())).toList();
    }

    private static Scene far(String kind, int files, long size, boolean tls, Scene.Shape line) {
        String id = "line-%dms-%dm-%dpct-%s%s"
                .formatted(line.rttMillis(), line.megabits(), Math.round(line.lossPercent()), kind, tls ? "-tls" : "");
        String title = "%s down, %s, %s".formatted(what(files, size), line, tls ? "TLS 1.3" : "plain");
        return new Scene(id, title, true, files, size, false, tls, line);
    }

    static String what(int files, long size) {
        String each = size >= 1L << 30 && size % (1L << 30) == 0
                ? (size >> 30) + " GiB"
                : size >= 1 << 20 ? (size >> 20) + " MiB" : (size >> 10) + " KiB";
        return files == 1 ? each : "%,d × %s".formatted(files, each);
    }
}
