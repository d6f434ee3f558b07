package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks the server where it waits for the next data connection: EPSV (RFC 2428), or PASV (RFC 959) where that is refused or its
 * ports have turned out to be dead. Whatever the server says, the host is the control connection's.
 *
 * <p>Law: belongs to one session and is used by its thread.
 */
final class PassivePort {

    /** How long a server that waits for a connection is sure to do so. */
    static final Duration GOOD_FOR = Duration.ofSeconds(2);

    private static final Pattern EPSV = Pattern.compile("\\(([!-~])\\1\\1(\\d{1,5})\\1\\)");
    private static final Pattern PASV =
            Pattern.compile("(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3})");

    private final Partner partner;
    private final ControlConnection control;
    private final Experience experience;
    private boolean extendedRefused;
    private boolean extended;
    private @Nullable Reply told;
    private long toldAt;

    PassivePort(Partner partner, ControlConnection control, Experience experience) {
        this.partner = partner;
        this.control = control;
        this.experience = experience;
    }

    /** The port that {@link #ask()} told last cannot be reached. */
    void dead() {
        experience.dead(extended && control.socket().getInetAddress() instanceof Inet4Address);
    }

    /** Whether {@link #ask()} would ask with EPSV. */
    boolean isExtended() {
        return !extendedRefused && !(mayFallBack() && experience.avoidsExtended());
    }

    private boolean mayFallBack() {
        return control.socket().getInetAddress() instanceof Inet4Address
                || partner.detour().proxy() != null;
    }

    /** The reply to an EPSV that was sent ahead: the next {@link #ask()} need not send one if it comes soon. */
    void tell(Reply reply) {
        // All ports may be in use for a moment (RFC 959, 4.2.1: 4yz): that is no answer for later.
        told = reply.code() / 100 == 4 ? null : reply;
        toldAt = System.nanoTime();
    }

    private @Nullable Reply takeTold() {
        Reply reply = told;
        told = null;
        return reply != null && System.nanoTime() - toldAt < GOOD_FOR.toNanos() ? reply : null;
    }

    /** The port to connect to. */
    int ask() throws IOException {
        InetAddress peer = control.socket().getInetAddress();
        boolean mayFallBack = mayFallBack();
        extended = isExtended();
        Reply early = takeTold();
        if (extended) {
            Reply reply = early == null ? control.command("EPSV", "") : early;
            if (reply.code() == 229) {
                return extendedPort(reply);
            }
            // Where there is no other way, all ports in use for a moment (4yz) is no reason to give this one up.
            extendedRefused = mayFallBack || reply.code() / 100 != 4;
            extended = false;
            // 202, superfluous here, is a refusal as well (RFC 959, 4.2.2).
            if (!mayFallBack || !(reply.isRefusal() || reply.code() == 202)) {
                throw control.refused("EPSV", reply);
            }
        }
        Reply reply = control.command("PASV", "");
        try {
            if (reply.code() != 227) {
                throw control.refused("PASV", reply);
            }
            return plainPort(peer, reply);
        } catch (FtpException e) {
            experience.dead(false);
            if (extendedRefused || control.isBroken()) {
                throw e;
            }
            return ask();
        }
    }

    /**
     * Where the server says that it waits.
     *
     * @param host the address that it names, or null for EPSV, which names none
     * @param port 1 to 65535
     */
    record Named(@Nullable InetAddress host, int port) {}

    /** What a reply to EPSV or PASV names, whether or not it may be followed. */
    Named named(String verb, Reply reply) throws IOException {
        return verb.equals("EPSV") ? new Named(null, extendedPort(reply)) : namedHost(reply);
    }

    private int extendedPort(Reply reply) throws FtpException {
        Matcher port = EPSV.matcher(reply.text());
        if (!port.find()) {
            throw unreadable("EPSV", reply);
        }
        return checkedPort("EPSV", reply, Integer.parseInt(port.group(2)));
    }

    private Named namedHost(Reply reply) throws IOException {
        Matcher numbers = PASV.matcher(reply.text());
        if (!numbers.find()) {
            throw unreadable("PASV", reply);
        }
        byte[] address = new byte[4];
        for (int i = 1; i <= 6; i++) {
            if (Integer.parseInt(numbers.group(i)) > 255) {
                throw unreadable("PASV", reply);
            }
        }
        for (int i = 0; i < 4; i++) {
            address[i] = (byte) Integer.parseInt(numbers.group(i + 1));
        }
        int port = Integer.parseInt(numbers.group(5)) * 256 + Integer.parseInt(numbers.group(6));
        return new Named(InetAddress.getByAddress(address), checkedPort("PASV", reply, port));
    }

    private int plainPort(InetAddress peer, Reply reply) throws IOException {
        Named named = namedHost(reply);
        // What a server's address looks like from behind a proxy is not known here.
        boolean isChecked =
                !partner.detour().skipPassiveAddress() && partner.detour().proxy() == null;
        InetAddress offered = named.host();
        if (isChecked && offered != null && !offered.equals(peer)) {
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": PASV names another host (" + offered.getHostAddress()
                            + ") than the control connection (" + peer.getHostAddress()
                            + "); the data connection is refused. Where the server is behind address translation,"
                            + " skipPassiveAddress=true uses the control connection's host.",
                    reply,
                    null);
        }
        return named.port();
    }

    private int checkedPort(String verb, Reply reply, int port) throws FtpException {
        if (port < 1 || port > 65535) {
            throw unreadable(verb, reply);
        }
        return port;
    }

    private FtpException unreadable(String verb, Reply reply) {
        return new FtpException(
                Kind.UNSAFE, partner + ": " + verb + " answered without a usable port: " + reply, reply, null);
    }
}
