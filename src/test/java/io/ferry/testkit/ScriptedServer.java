package io.ferry.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * An FTP server for replies that real servers do not give. It behaves sensibly until a command is scripted. Its files
 * live in memory under absolute paths, where any directory exists, or in a directory ({@link #onDirectory()}), where it
 * keeps what arrived of a broken upload, and tells times, facts and digests. It owns its port, threads and directory,
 * which {@link #close()} ends.
 */
public final class ScriptedServer implements TestServer {
    /** Handles one command. */
    @FunctionalInterface
    public interface Handler {
        /** Returns the reply, of one or more lines, or null when the handler has sent what it wanted to send. */
        String handle(Session session, String argument) throws IOException;
    }

    /** Sees each command line before its handler does. */
    @FunctionalInterface
    public interface Interceptor {
        /** Returns true when the command has been dealt with. */
        boolean intercept(Session session, String line) throws IOException;
    }

    private static final String USER = "ferry";
    private static final String PASSWORD = "sesame";

    private final ServerSocket listener;
    private final Path root;
    private final NavigableMap<String, byte[]> files = new ConcurrentSkipListMap<>();
    private final Map<String, String> times = new ConcurrentHashMap<>();
    private final Map<String, Handler> standard = new ConcurrentHashMap<>();
    private final Map<String, Handler> scripted = new ConcurrentHashMap<>();
    private final List<String> commands = new CopyOnWriteArrayList<>();
    private final Set<Session> sessions = ConcurrentHashMap.newKeySet();
    private final List<Thread> threads = new CopyOnWriteArrayList<>();
    private volatile List<String> features = List.of("SIZE", "MDTM", "REST STREAM", "EPSV");
    private volatile String greeting = "220 scripted";
    private volatile List<String> listing;
    private volatile Interceptor interceptor = (session, line) -> false;
    private volatile ScriptedTls tls;
    private volatile boolean closed;

    public static ScriptedServer start() {
        try {
            return new ScriptedServer(null);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server whose files live in a directory of its own, {@link #root()}; put, get, time and paths are not for it. */
    public static ScriptedServer onDirectory() {
        Path root = Local.tempDirectory("scripted");
        try {
            return new ScriptedServer(root);
        } catch (IOException e) {
            Local.delete(root);
            throw new UncheckedIOException(e);
        }
    }

    private ScriptedServer(Path root) throws IOException {
        this.root = root;
        standards();
        if (root != null) {
            new DirectoryFiles(root).install(standard);
            features = DirectoryFiles.FEATURES;
        }
        listener = Local.listen();
        threads.add(Local.daemon("ferry-scripted-accept", this::accept));
    }

    /** Handles this command so from now on. */
    public ScriptedServer on(String verb, Handler handler) {
        scripted.put(verb.toUpperCase(Locale.ROOT), handler);
        return this;
    }

    /** Gives this reply to this command from now on. */
    public ScriptedServer on(String verb, String reply) {
        return on(verb, (session, argument) -> reply);
    }

    /** Gives these replies in turn, and afterwards the standard ones. */
    public ScriptedServer onNext(String verb, String... replies) {
        List<String> left = new ArrayList<>(List.of(replies));
        return on(verb, (session, argument) -> {
            String reply;
            synchronized (left) {
                reply = left.isEmpty() ? null : left.remove(0);
            }
            return reply == null ? session.standard(verb, argument) : reply;
        });
    }

    /** Undoes {@link #on}. */
    public ScriptedServer standard(String verb) {
        scripted.remove(verb.toUpperCase(Locale.ROOT));
        return this;
    }

    public ScriptedServer intercept(Interceptor script) {
        interceptor = script;
        return this;
    }

    public ScriptedServer greeting(String reply) {
        greeting = reply;
        return this;
    }

    /** What FEAT lists; nothing at all makes it answer 502. */
    public ScriptedServer features(String... lines) {
        features = List.of(lines);
        return this;
    }

    /** Sends these lines for each LIST, NLST or MLSD, whatever the files are. */
    public ScriptedServer listing(String... lines) {
        listing = List.of(lines);
        return this;
    }

    /** Speaks TLS from now on: implicit, or when AUTH TLS asks for it. */
    public ScriptedServer secured(ScriptedTls how) {
        tls = how;
        return this;
    }

    public ScriptedServer put(String path, byte[] content) {
        files.put(path, content);
        times.putIfAbsent(path, "20240102030405");
        return this;
    }

    /** The content of a file, or null. */
    public byte[] get(String path) {
        return files.get(path);
    }

    /** Sets the time that MDTM tells, such as "20240102030405". */
    public ScriptedServer time(String path, String stamp) {
        times.put(path, stamp);
        return this;
    }

    /** Removes a file and returns its content, or null when there is none: what a receiver does. */
    public byte[] take(String path) {
        return files.remove(path);
    }

    /** The absolute paths of all files. */
    public List<String> paths() {
        return List.copyOf(files.keySet());
    }

    /** Drops all sessions that are open now. */
    public void dropAll() {
        sessions.forEach(Session::drop);
    }

    /** One client. Used by handlers, on the thread of its control connection. */
    public final class Session {
        private final Socket plain;
        private volatile Socket control;
        private InputStream in;
        private boolean protectsData;
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();
        private ServerSocket door;
        private volatile Socket data;
        private volatile Socket plainData;
        private boolean welcome;
        private String directory = "/";
        private String renamed = "";
        private long rest;

        private Session(Socket control) {
            this.plain = control;
            this.control = control;
        }

        private void secure() throws IOException {
            control = tls.layer(plain, false);
            in = new BufferedInputStream(control.getInputStream());
        }

        /** Back to plain text, as after CCC. */
        private void clear() throws IOException {
            control.shutdownOutput();
            in.transferTo(OutputStream.nullOutputStream());
            control = plain;
            in = new BufferedInputStream(plain.getInputStream());
        }

        /** Sends a reply of one or more lines. */
        public void reply(String text) throws IOException {
            raw((text + "\r\n").getBytes(StandardCharsets.UTF_8));
        }

        /** Writes these bytes on the control connection. */
        public void raw(byte[] bytes) throws IOException {
            OutputStream out = control.getOutputStream();
            out.write(bytes);
            out.flush();
        }

        /** Does what the server would do without a script. */
        public String standard(String verb, String argument) throws IOException {
            Handler handler = standard.get(verb.toUpperCase(Locale.ROOT));
            return handler == null ? "502 Not implemented." : handler.handle(this, argument);
        }

        /** Accepts the data connection that the last PASV or EPSV announced, as {@link #openData()} does, and begins no TLS yet. */
        public Socket acceptData() throws IOException {
            if (door == null) {
                throw new IOException("no passive port is open");
            }
            plainData = door.accept();
            Local.closeQuietly(door);
            door = null;
            return plainData;
        }

        /** Opens the data connection that the last PASV or EPSV announced; {@link #closeData()} ends it. */
        public Socket openData() throws IOException {
            Socket accepted = plainData == null ? acceptData() : plainData;
            data = protectsData ? tls.layer(accepted, true) : accepted;
            return data;
        }

        public void closeData() {
            if (data != plainData && !tls.endsAbruptly()) {
                Local.closeQuietly(data);
            }
            Local.closeQuietly(plainData);
            data = null;
            plainData = null;
        }

        /** Ends the data connection with a reset. */
        public void resetData() {
            if (data != null) {
                Local.reset(plainData);
                data = null;
                plainData = null;
            }
        }

        /** Opens the data connection, sends these bytes and closes it; sends no reply. */
        public void sendData(byte[] content) throws IOException {
            try {
                OutputStream out = openData().getOutputStream();
                out.write(content);
                out.flush();
            } finally {
                closeData();
            }
        }

        /** Sends these lines with the replies 150 and 226 around them. */
        public void sendLines(List<String> lines) throws IOException {
            reply("150 Here it comes.");
            StringBuilder text = new StringBuilder();
            lines.forEach(each -> text.append(each).append("\r\n"));
            sendData(text.toString().getBytes(StandardCharsets.UTF_8));
            reply("226 Done.");
        }

        /** Opens the data connection and reads it to its end; sends no reply. */
        public byte[] receiveData() throws IOException {
            try {
                return openData().getInputStream().readAllBytes();
            } finally {
                closeData();
            }
        }

        private boolean receiveInto(OutputStream target) throws IOException {
            try {
                openData().getInputStream().transferTo(target);
                return true;
            } catch (SocketException e) {
                return false;
            } finally {
                closeData();
            }
        }

        /** The offset of the last REST, which is used up by this call. */
        public long takeRest() {
            long taken = rest;
            rest = 0;
            return taken;
        }

        /** Goes to this absolute path. */
        void enter(String path) {
            directory = path;
        }

        /** The absolute path that this argument means. */
        public String resolve(String argument) {
            Path path = Path.of(directory).resolve(argument).normalize();
            return path.toString();
        }

        /** Closes the control connection. */
        public void drop() {
            Local.closeQuietly(plain);
            Local.closeQuietly(plainData);
        }

        /** Ends the control connection with a reset. */
        public void reset() {
            Local.reset(plain);
        }

        private void run() {
            try {
                plain.setTcpNoDelay(true);
                plain.setOOBInline(true);
                in = new BufferedInputStream(plain.getInputStream());
                if (tls != null && tls.implicit()) {
                    secure();
                }
                reply(greeting);
                for (String text = read(); text != null; text = read()) {
                    handle(text);
                }
            } catch (IOException ignored) {
                // the client is gone
            } finally {
                sessions.remove(this);
                Local.closeQuietly(door);
                drop();
            }
        }

        private void handle(String text) throws IOException {
            String[] parts = text.split(" ", 2);
            String verb = parts[0].toUpperCase(Locale.ROOT);
            String argument = parts.length == 1 ? "" : parts[1];
            commands.add(verb.equals("PASS") ? "PASS <password>" : text);
            if (interceptor.intercept(this, text)) {
                return;
            }
            Handler handler = scripted.get(verb);
            String reply = handler == null ? standard(verb, argument) : handler.handle(this, argument);
            if (reply != null) {
                reply(reply);
            }
        }

        private String read() throws IOException {
            line.reset();
            for (int octet = in.read(); octet >= 0; octet = in.read()) {
                if (octet == '\n') {
                    return line.toString(StandardCharsets.UTF_8).stripTrailing();
                }
                if (octet < 0xf0 || line.size() > 0) {
                    line.write(octet);
                }
            }
            return null;
        }

        private int announce() throws IOException {
            Local.closeQuietly(door);
            door = Local.listen();
            door.setSoTimeout(30_000);
            return door.getLocalPort();
        }

        private String store(String argument, boolean append) throws IOException {
            String path = resolve(argument);
            byte[] old = files.getOrDefault(path, new byte[0]);
            int from = append ? old.length : (int) takeRest();
            put(path, Arrays.copyOf(old, from));
            reply("150 Send it.");
            ByteArrayOutputStream received = new ByteArrayOutputStream();
            boolean whole = receiveInto(received);
            byte[] content = Arrays.copyOf(old, from + received.size());
            System.arraycopy(received.toByteArray(), 0, content, from, received.size());
            // A file that was renamed meanwhile does not appear again.
            files.computeIfPresent(path, (name, before) -> content);
            return whole ? "226 Transfer complete." : "426 The data connection broke.";
        }

        private String retrieve(String argument) throws IOException {
            byte[] content = files.get(resolve(argument));
            int from = (int) takeRest();
            if (content == null) {
                return "550 No such file.";
            }
            reply("150 Here it comes.");
            sendData(from < content.length ? Arrays.copyOfRange(content, from, content.length) : new byte[0]);
            return "226 Transfer complete.";
        }

        private String list(String argument, boolean namesOnly) throws IOException {
            List<String> lines = listing;
            if (lines == null) {
                String in = resolve(argument.startsWith("-") ? "" : argument);
                lines = files.entrySet().stream()
                        .filter(file -> String.valueOf(Path.of(file.getKey()).getParent())
                                .equals(in))
                        .map(file -> {
                            String name = Path.of(file.getKey()).getFileName().toString();
                            return namesOnly
                                    ? name
                                    : "-rw-r--r-- 1 ferry ferry " + file.getValue().length + " Jan 02  2024 " + name;
                        })
                        .toList();
            }
            sendLines(lines);
            return null;
        }
    }

    private void standards() {
        standard.put("USER", (session, argument) -> {
            session.welcome = argument.equals(USER);
            return "331 Password, please.";
        });
        standard.put("PASS", (session, argument) -> {
            boolean right = session.welcome && argument.equals(PASSWORD);
            return right ? "230 Welcome." : "530 Login incorrect.";
        });
        standard.put("SYST", (session, argument) -> "215 UNIX Type: L8");
        standard.put(
                "FEAT",
                (session, argument) -> features.isEmpty()
                        ? "502 Not implemented."
                        : "211-Features:\r\n " + String.join("\r\n ", features) + "\r\n211 End");
        standard.put("PWD", (session, argument) -> "257 \"" + session.directory + "\"");
        standard.put("CWD", (session, argument) -> {
            session.directory = session.resolve(argument);
            return "250 Done.";
        });
        standard.put("CDUP", (session, argument) -> {
            session.directory = session.resolve("..");
            return "250 Done.";
        });
        standard.put("MKD", (session, argument) -> "257 \"" + session.resolve(argument) + "\"");
        for (String verb : List.of("TYPE", "MODE", "STRU", "NOOP", "OPTS")) {
            standard.put(verb, (session, argument) -> "200 Done.");
        }
        standard.put("AUTH", (session, argument) -> {
            if (tls == null) {
                return "502 Not implemented.";
            }
            session.reply("234 Go on.");
            session.secure();
            return null;
        });
        standard.put("PBSZ", (session, argument) -> tls == null ? "502 Not implemented." : "200 Done.");
        standard.put("PROT", (session, argument) -> {
            session.protectsData = argument.equals("P");
            return tls == null ? "502 Not implemented." : "200 Done.";
        });
        standard.put("CCC", (session, argument) -> {
            if (session.control == session.plain) {
                return "533 There is nothing to clear.";
            }
            session.reply("200 In plain text from now on.");
            session.clear();
            return null;
        });
        standard.put("ABOR", (session, argument) -> "226 Nothing to abort.");
        standard.put("QUIT", (session, argument) -> {
            session.reply("221 Goodbye.");
            session.drop();
            return null;
        });
        standard.put("EPSV", (session, argument) -> "229 Passive (|||" + session.announce() + "|)");
        standard.put("PASV", (session, argument) -> {
            int port = session.announce();
            return "227 Passive (127,0,0,1," + port / 256 + "," + port % 256 + ").";
        });
        standard.put("SIZE", (session, argument) -> {
            byte[] content = files.get(session.resolve(argument));
            return content == null ? "550 No such file." : "213 " + content.length;
        });
        standard.put("MDTM", (session, argument) -> {
            String path = session.resolve(argument);
            return files.containsKey(path) ? "213 " + times.get(path) : "550 No such file.";
        });
        standard.put("REST", (session, argument) -> {
            session.rest = Long.parseLong(argument);
            return "350 Restarting at " + argument + ".";
        });
        standard.put("RETR", Session::retrieve);
        standard.put("STOR", (session, argument) -> session.store(argument, false));
        standard.put("APPE", (session, argument) -> session.store(argument, true));
        standard.put("LIST", (session, argument) -> session.list(argument, false));
        standard.put("NLST", (session, argument) -> session.list(argument, true));
        standard.put("DELE", (session, argument) -> {
            return files.remove(session.resolve(argument)) == null ? "550 No such file." : "250 Deleted.";
        });
        standard.put("RNFR", (session, argument) -> {
            session.renamed = session.resolve(argument);
            return files.containsKey(session.renamed) ? "350 And to?" : "550 No such file.";
        });
        standard.put("RNTO", (session, argument) -> {
            byte[] content = files.remove(session.renamed);
            if (content == null) {
                return "503 RNFR first.";
            }
            String stamp = times.remove(session.renamed);
            files.put(session.resolve(argument), content);
            times.put(session.resolve(argument), stamp);
            return "250 Renamed.";
        });
    }

    private void accept() {
        while (!closed) {
            try {
                Session session = new Session(listener.accept());
                sessions.add(session);
                threads.add(Local.daemon("ferry-scripted-session", session::run));
            } catch (IOException e) {
                return;
            }
        }
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public String host() {
        return Local.HOST;
    }

    @Override
    public int port() {
        return listener.getLocalPort();
    }

    @Override
    public String user() {
        return USER;
    }

    @Override
    public String password() {
        return PASSWORD;
    }

    @Override
    public Path root() {
        if (root == null) {
            throw new UnsupportedOperationException("the files are in memory: use put and get");
        }
        return root;
    }

    /** The commands, one a line. */
    @Override
    public String log() {
        return String.join("\n", commands);
    }

    @Override
    public List<String> commands() {
        return List.copyOf(commands);
    }

    @Override
    public void clearCommands() {
        commands.clear();
    }

    @Override
    public Tls tls() {
        return tls == null ? null : tls.trust();
    }

    @Override
    public void close() {
        closed = true;
        Local.closeQuietly(listener);
        Local.join(threads.get(0));
        for (Session session : sessions) {
            session.drop();
            Local.closeQuietly(session.door);
        }
        threads.forEach(Local::join);
        if (root != null) {
            Local.delete(root);
        }
    }
}
