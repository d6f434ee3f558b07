package io.ferry.bench;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.IntStream;

/**
 * What one contender has to do once: move all files of a directory, over one login or several.
 *
 * @param down from the server; false is to it
 * @param remote directory at the server, relative to the login directory
 * @param local directory on this machine; empty when {@code down}, holding the files otherwise
 * @param files how many there are; their names are {@link #name}
 * @param size of each, in bytes
 * @param tls null for plain FTP
 * @param scratch an empty directory for what the contender has to write besides
 */
record Job(
        boolean down,
        String host,
        int port,
        String user,
        String password,
        String remote,
        Path local,
        int files,
        long size,
        Trust tls,
        Path scratch) {

    /** What a client needs to trust the server: the authority's certificate, as PEM and in a PKCS12 trust store. */
    record Trust(Path pem, Path store, String storePassword) {}

    static String name(int index) {
        return "file-%05d.bin".formatted(index);
    }

    List<String> names() {
        return IntStream.range(0, files).mapToObj(Job::name).toList();
    }

    boolean single() {
        return files == 1;
    }

    String url() {
        return "ftp://" + host + ":" + port + "/" + remote + "/";
    }

    long bytes() {
        return files * size;
    }

    Job at(String newHost, int newPort) {
        return new Job(down, newHost, newPort, user, password, remote, local, files, size, tls, scratch);
    }

    /** Writes it down for {@link #read} in another process. */
    Path write(Path file) {
        Properties values = new Properties();
        values.setProperty("down", String.valueOf(down));
        values.setProperty("host", host);
        values.setProperty("port", String.valueOf(port));
        values.setProperty("user", user);
        values.setProperty("password", password);
        values.setProperty("remote", remote);
        values.setProperty("local", local.toString());
        values.setProperty("files", String.valueOf(files));
        values.setProperty("size", String.valueOf(size));
        values.setProperty("scratch", scratch.toString());
        if (tls != null) {
            values.setProperty("tls.pem", tls.pem().toString());
            values.setProperty("tls.store", tls.store().toString());
            values.setProperty("tls.password", tls.storePassword());
        }
        try (Writer out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            values.store(out, null);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Job read(Path file) {
        Properties values = new Properties();
        try (Reader in = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            values.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String pem = values.getProperty("tls.pem");
        return new Job(
                Boolean.parseBoolean(values.getProperty("down")),
                values.getProperty("host"),
                Integer.parseInt(values.getProperty("port")),
                values.getProperty("user"),
                values.getProperty("password"),
                values.getProperty("remote"),
                Path.of(values.getProperty("local")),
                Integer.parseInt(values.getProperty("files")),
                Long.parseLong(values.getProperty("size")),
                pem == null
                        ? null
                        : new Trust(
                                Path.of(pem),
                                Path.of(values.getProperty("tls.store")),
                                values.getProperty("tls.password")),
                Path.of(values.getProperty("scratch")));
    }
}
