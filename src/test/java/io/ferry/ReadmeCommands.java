package io.ferry;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every command that the README tells a person to type, in its blocks and in its sentences, in the order in which they come. */
final class ReadmeCommands {

    /** What a command begins with; a line of crontab begins with a time. */
    private static final Pattern COMMAND = Pattern.compile(
            "(0 2 \\* \\* \\* )?(mvn|ferry|java|alias|source|openssl|keytool|apt-get|\\.ci/\\S+)(\\s.*)?",
            Pattern.DOTALL);

    private static final Pattern BLOCK = Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern SPAN = Pattern.compile("`([^`]+)`");

    private ReadmeCommands() {}

    static String readme() throws IOException {
        return Files.readString(Path.of("README.md"));
    }

    static List<String> all() throws IOException {
        Set<String> commands = new LinkedHashSet<>();
        Matcher block = BLOCK.matcher(readme());
        StringBuilder prose = new StringBuilder();
        while (block.find()) {
            block.appendReplacement(prose, "");
            if (block.group(1).matches("|sh|bash|shell|console")) {
                block.group(2)
                        .lines()
                        .map(line -> line.replaceFirst("^\\$ ", "").replaceFirst("\\s+# .*", ""))
                        .filter(line -> COMMAND.matcher(line).matches())
                        .forEach(commands::add);
            }
        }
        block.appendTail(prose);
        for (String paragraph : prose.toString().split("\n\n")) {
            Matcher span = SPAN.matcher(paragraph);
            while (span.find()) {
                String text = span.group(1).replaceAll("\\s+", " ");
                // One word alone is the name of a program.
                if (text.matches("\\.ci/\\w+|.* .*") && COMMAND.matcher(text).matches()) {
                    commands.add(text);
                }
            }
        }
        return new ArrayList<>(commands);
    }

    /** Whether it is about building the project, which {@code .ci/run} does. */
    static boolean isOfTheBuild(String command) {
        return command.startsWith("mvn ") || command.startsWith(".ci/") || command.startsWith("apt-get ");
    }
}
