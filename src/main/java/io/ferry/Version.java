package io.ferry;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;

/** Which Ferry and which Camel this is. Maven's metadata tells, which survives the packing into one jar; manifests do not. */
final class Version {

    private Version() {}

    static String line() {
        return "Ferry " + of("io.ferry/ferry-camel") + " on Apache Camel " + of("org.apache.camel/camel-main")
                + ", Java " + Runtime.version().feature();
    }

    private static String of(String artifact) {
        Properties properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/META-INF/maven/" + artifact + "/pom.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            // The version is for information; not knowing it is no reason to stop.
            properties.clear();
        }
        // Classes that no jar holds yet, as under mvn camel:run, have no metadata.
        return properties.getProperty("version", "from source");
    }
}
