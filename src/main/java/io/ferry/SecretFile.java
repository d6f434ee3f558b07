package io.ferry;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.camel.spi.PropertiesFunction;

/**
 * The property function <code>{{file:path}}</code>: the content of a file without its line end, so that a secret mounted as a
 * file (a container's secret, a service manager's credential) stays out of every configuration. Camel brings {@code env:} and
 * {@code sys:} but reads no files. A file that cannot be read is an error, never an empty value.
 */
final class SecretFile implements PropertiesFunction {

    @Override
    public String getName() {
        return "file";
    }

    @Override
    public String apply(String path) {
        try {
            return Files.readString(Path.of(path)).stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException("{{file:" + path + "}} cannot be read: " + e, e);
        }
    }
}
