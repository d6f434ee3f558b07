package io.ferry.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** What a run was made on, by name. */
final class Machine {
    private Machine() {}

    static Map<String, String> facts() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", field("/proc/cpuinfo", "model name"));
        facts.put("processors", String.valueOf(Runtime.getRuntime().availableProcessors()));
        facts.put("memory", field("/proc/meminfo", "MemTotal"));
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        facts.put("congestion control", content("/proc/sys/net/ipv4/tcp_congestion_control"));
        facts.put("load before", content("/proc/loadavg").split(" ")[0]);
        facts.put("curl", version("curl", "--version"));
        facts.put("lftp", version("lftp", "--version"));
        facts.put("rclone", version("rclone", "version"));
        facts.put("python3", version("/usr/bin/python3", "--version"));
        facts.put("vsftpd", version("dpkg-query", "--show", "--showformat=${Version}", "vsftpd"));
        return facts;
    }

    /** For one line of text. */
    static String line(Map<String, String> facts) {
        return "%s processors (%s), %s memory, %s, %s"
                .formatted(
                        facts.get("processors"),
                        facts.get("processor"),
                        facts.get("memory"),
                        facts.get("system"),
                        facts.get("java"));
    }

    private static String field(String file, String name) {
        return content(file)
                .lines()
                .filter(each -> each.startsWith(name))
                .map(each -> each.substring(each.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("");
    }

    private static String content(String file) {
        try {
            return Files.readString(Path.of(file)).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /** The first line; empty where there is no such program. */
    private static String version(String... command) {
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            process.getOutputStream().close();
            try (InputStream out = process.getInputStream()) {
                String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
                return text.lines().findFirst().orElse("");
            }
        } catch (IOException e) {
            return "";
        }
    }
}
