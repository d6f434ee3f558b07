package io.ferry.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command lines of other clients, each at its defaults but for what its name says. */
final class Programs {
    /** Arguments: down or up, host, port, user, password, remote, local, files, block size, PEM or a dash. */
    private static final String FTPLIB = """
            import ftplib, os, ssl, sys
            way, host, port, user, password, remote, local, files, block, pem = sys.argv[1:]
            if pem == "-":
                ftp = ftplib.FTP()
            else:
                ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=pem))
            ftp.connect(host, int(port))
            ftp.login(user, password)
            if pem != "-":
                ftp.prot_p()
            ftp.cwd(remote)
            for i in range(int(files)):
                name = "file-%05d.bin" % i
                path = os.path.join(local, name)
                if way == "down":
                    with open(path, "wb", buffering=0) as out:
                        ftp.retrbinary("RETR " + name, out.write, int(block))
                else:
                    with open(path, "rb", buffering=0) as source:
                        ftp.storbinary("STOR " + name, source, int(block))
            ftp.quit()
            """;

    private Programs() {}

    static Contender.Program ftplib(Path python, int blockSize) {
        return job -> List.of(
                python.toString(),
                Files.writeString(job.scratch().resolve("client.py"), FTPLIB).toString(),
                job.down() ? "down" : "up",
                job.host(),
                String.valueOf(job.port()),
                job.user(),
                job.password(),
                job.remote(),
                job.local().toString(),
                String.valueOf(job.files()),
                String.valueOf(blockSize),
                job.tls() == null ? "-" : job.tls().pem().toString());
    }

    /** @param parallel files at once; more than one with -Z, whose default is 50 */
    static Contender.Program curl(Path curl, int parallel) {
        return job -> {
            StringBuilder config = new StringBuilder();
            for (String name : job.names()) {
                config.append("url = \"").append(job.url()).append(name).append("\"\n");
                config.append(job.down() ? "output" : "upload-file").append(" = \"");
                config.append(job.local().resolve(name)).append("\"\n");
            }
            Path file = Files.writeString(job.scratch().resolve("curl.config"), config);
            List<String> command = new ArrayList<>(List.of(curl.toString(), "--silent", "--show-error", "--fail"));
            command.addAll(List.of("--user", job.user() + ":" + job.password()));
            if (job.tls() != null) {
                command.addAll(List.of("--ssl-reqd", "--cacert", job.tls().pem().toString()));
            }
            if (parallel > 1) {
                command.addAll(List.of("--parallel", "--parallel-max", String.valueOf(parallel)));
            }
            command.addAll(List.of("--config", file.toString()));
            return command;
        };
    }

    /** "get" and "put". */
    static Contender.Program lftpOne(Path lftp) {
        return job -> lftp(
                lftp,
                job,
                job.down()
                        ? "get %s/%s -o %s"
                                .formatted(
                                        job.remote(), Job.name(0), job.local().resolve(Job.name(0)))
                        : "put %s -o %s/%s".formatted(job.local().resolve(Job.name(0)), job.remote(), Job.name(0)));
    }

    static Contender.Program lftpSegments(Path lftp, int segments) {
        return job -> lftp(
                lftp,
                job,
                "pget -n %d %s/%s -o %s"
                        .formatted(
                                segments, job.remote(), Job.name(0), job.local().resolve(Job.name(0))));
    }

    static Contender.Program lftpMirror(Path lftp, int parallel) {
        return job -> lftp(
                lftp,
                job,
                job.down()
                        ? "mirror -P %d %s %s".formatted(parallel, job.remote(), job.local())
                        : "mirror -R -P %d %s %s".formatted(parallel, job.local(), job.remote()));
    }

    private static List<String> lftp(Path lftp, Job job, String command) {
        String security = job.tls() == null
                ? "set ftp:ssl-allow no"
                : "set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ssl:ca-file "
                        + job.tls().pem();
        String script = "set cmd:fail-exit yes; set xfer:clobber yes; %s; open -u %s,%s -p %d %s; %s"
                .formatted(security, job.user(), job.password(), job.port(), job.host(), command);
        return List.of(lftp.toString(), "--norc", "-c", script);
    }

    /** Over TLS without its cache of sessions, with which it fails at vsftpd, and without an authority, which it cannot take. */
    static Contender.Program rclone(Path rclone) {
        return job -> {
            String there = ":ftp:" + job.remote();
            String here = job.local().toString();
            // With several streams for one file it has left a file that differs from the server's.
            List<String> command =
                    new ArrayList<>(List.of(rclone.toString(), "copy", "--config", "", "--multi-thread-streams", "0"));
            command.addAll(List.of("--ftp-host", job.host(), "--ftp-port", String.valueOf(job.port())));
            command.addAll(List.of("--ftp-user", job.user(), "--ftp-pass", obscured(rclone, job.password())));
            if (job.tls() != null) {
                command.addAll(
                        List.of("--ftp-explicit-tls", "--ftp-no-check-certificate", "--ftp-tls-cache-size", "0"));
            }
            command.addAll(job.down() ? List.of(there, here) : List.of(here, there));
            return command;
        };
    }

    private static String obscured(Path rclone, String password) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(rclone.toString(), "obscure", password).start();
        process.getOutputStream().close();
        try (InputStream output = process.getInputStream()) {
            String text = new String(output.readAllBytes(), StandardCharsets.UTF_8).strip();
            process.waitFor();
            return text;
        }
    }
}
