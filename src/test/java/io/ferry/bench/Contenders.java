package io.ferry.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/** Who takes part. Programs that are not installed are named on the standard error, and their columns stay empty. */
final class Contenders {
    static final String FERRY = "Ferry";
    /** At the end of the name of what runs in the warm JVM too. */
    static final String PROCESS = ", process";

    static final String FERRY_PROCESS = FERRY + PROCESS;
    static final String STOCK = "stock camel-ftp";
    static final String FERRY_FOUR = "Ferry, 4 transfers";
    static final String CURL_FOUR = "curl -Z, 4 sessions";
    static final String LIMIT = "raw socket and file";
    static final String LIMIT_RETRIEVE = "raw, EPSV and RETR";
    static final String LIMIT_STORE = "raw, EPSV and STOR";
    static final String LIMIT_FILES = "raw, 8 sessions";
    static final String LIMIT_CHECKED = "raw, 8 sessions, Ferry's commands";
    static final String LIMIT_SYNCED = "raw, 8 sessions, Ferry's commands and syncs";
    static final String LIMIT_ROUTE = LIMIT_SYNCED + ", in a Camel route";

    private static final Predicate<Scene> ALL = scene -> true;
    private static final Predicate<Scene> SINGLE = Scene::single;
    private static final Predicate<Scene> MANY = scene -> !scene.single();
    private static final Predicate<Scene> LONG = scene -> scene.line() != null;

    /** One session is as slow there as any other: stock and curl stand for all. */
    private static final Predicate<Scene> LOSSY = LONG.and(SINGLE).and(Scene::waits);

    private final List<Contender> list = new ArrayList<>();
    private final Map<String, String> missing = new LinkedHashMap<>();

    Contenders(Settings settings, Path served) {
        String options = settings.ferryOptions();
        list.add(Contender.warm(FERRY, ALL, CamelClient.ferry(options)));
        list.add(Contender.warm(STOCK, ALL, CamelClient.stock()));
        // Over a long line, commons-net, ftplib, and lftp without segments are one session that waits, as stock and
        // curl are.
        Predicate<Scene> near = LONG.negate();
        list.add(Contender.warm("commons-net", near, new CommonsNetClient()));
        list.add(Contender.process(FERRY_PROCESS, ALL, ChildMain.program("ferry", options)));
        list.add(Contender.process(STOCK + PROCESS, near, ChildMain.program("stock", "")));
        list.add(Contender.process("commons-net" + PROCESS, near, ChildMain.program("commons-net", "")));
        // One session of five is for the listing and the commits.
        String four = join(options, "maxSessions=5&concurrentTransfers=4");
        list.add(Contender.warm(FERRY_FOUR, LONG.and(MANY), CamelClient.ferry(four)));
        add("ftplib 8 KiB", near, "python3", "python3", python -> Programs.ftplib(python, 8 << 10));
        add("ftplib 256 KiB", near, "python3", "python3", python -> Programs.ftplib(python, 256 << 10));
        add("curl", ALL, "curl", "curl", curl -> Programs.curl(curl, 1));
        add("curl -Z", MANY, "curl", "curl", curl -> Programs.curl(curl, 50));
        add(CURL_FOUR, LONG.and(MANY), "curl", "curl", curl -> Programs.curl(curl, 4));
        add("lftp", SINGLE.and(near), "lftp", "lftp", Programs::lftpOne);
        add("lftp pget -n 4", SINGLE.and(Scene::down), "lftp", "lftp", lftp -> Programs.lftpSegments(lftp, 4));
        add("lftp mirror -P 4", MANY, "lftp", "lftp", lftp -> Programs.lftpMirror(lftp, 4));
        add("rclone", LOSSY.negate(), "rclone", "rclone", Programs::rclone);
        Predicate<Scene> plainFile = SINGLE.and(near).and(scene -> !scene.tls());
        list.add(Contender.warm(LIMIT, plainFile.and(Scene::down), new RawCopy(served)));
        RawFiles transfer = new RawFiles(1, RawFiles.Share.BYTES);
        list.add(Contender.warm(LIMIT_RETRIEVE, plainFile.and(Scene::down), transfer));
        list.add(Contender.warm(LIMIT_STORE, plainFile.and(scene -> !scene.down()), transfer));
        Predicate<Scene> plainFiles = MANY.and(near).and(scene -> !scene.tls());
        list.add(Contender.warm(LIMIT_FILES, plainFiles, new RawFiles(8, RawFiles.Share.BYTES)));
        list.add(Contender.warm(LIMIT_CHECKED, plainFiles, new RawFiles(8, RawFiles.Share.COMMANDS)));
        list.add(Contender.warm(LIMIT_SYNCED, plainFiles, new RawFiles(8, RawFiles.Share.SYNCS)));
        list.add(Contender.warm(LIMIT_ROUTE, plainFiles.and(scene -> !scene.down()), new RawRoute(8)));
        list.removeIf(each -> !settings.wantsContender(each.name()));
    }

    List<Contender> all() {
        return List.copyOf(list);
    }

    List<Contender> in(Scene scene) {
        return list.stream().filter(each -> each.takes().test(scene)).toList();
    }

    /** What is not installed, by the package that would bring it. */
    Map<String, String> missing() {
        return missing;
    }

    private void add(
            String name,
            Predicate<Scene> takes,
            String program,
            String debian,
            Function<Path, Contender.Program> with) {
        Path path = find(program);
        if (path == null) {
            missing.put(name, debian);
            System.err.println(
                    "##### NOT MEASURED: " + name + " is not installed (apt-get install " + debian + ") #####");
        } else {
            list.add(Contender.process(name, takes, with.apply(path)));
        }
    }

    /** Debian's own first: what shadows it on the search path may be a script that only looks for the program. */
    private static Path find(String program) {
        for (String folder : ("/usr/bin:" + System.getenv().getOrDefault("PATH", "")).split(":")) {
            Path path = Path.of(folder, program);
            if (Files.isExecutable(path)) {
                return path;
            }
        }
        return null;
    }

    /** Whether it shows a limit rather than what a client reaches. */
    static boolean isLimit(String name) {
        return Set.of(LIMIT, LIMIT_RETRIEVE, LIMIT_STORE, LIMIT_FILES, LIMIT_CHECKED, LIMIT_SYNCED, LIMIT_ROUTE)
                .contains(name);
    }

    static String join(String options, String more) {
        return options.isEmpty() ? more : options + "&" + more;
    }
}
