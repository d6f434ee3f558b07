package io.ferry;

import io.ferry.camel.FerryFtpComponent;
import io.ferry.camel.FerryFtpsComponent;
import io.ferry.camel.FerryOptions;
import io.ferry.camel.Nearest;
import java.lang.reflect.Method;
import java.util.Set;
import java.util.TreeSet;
import org.apache.camel.main.MainConfigurationProperties;

/** The options that may stand in application.properties, as far as somebody may have meant one of them. */
final class KnownOptions {

    private KnownOptions() {}

    /** A question for an unknown key, or nothing. */
    static String hint(String key) {
        String name = key.substring(key.lastIndexOf('.') + 1);
        if (key.startsWith("camel.main.")) {
            return Nearest.hint(name, setters(MainConfigurationProperties.class));
        }
        if (key.startsWith("camel.component.ferry-ftp.")) {
            return Nearest.hint(name, setters(FerryOptions.class, FerryFtpComponent.class));
        }
        return key.startsWith("camel.component.ferry-ftps.")
                ? Nearest.hint(name, setters(FerryOptions.class, FerryFtpsComponent.class))
                : "";
    }

    private static Set<String> setters(Class<?>... of) {
        Set<String> names = new TreeSet<>();
        for (Class<?> each : of) {
            for (Method method : each.getMethods()) {
                String name = method.getName();
                if (name.length() > 3 && name.startsWith("set") && method.getParameterCount() == 1) {
                    names.add(Character.toLowerCase(name.charAt(3)) + name.substring(4));
                }
            }
        }
        return names;
    }
}
