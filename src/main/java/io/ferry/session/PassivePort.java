package io.ferry.session;

import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks the server where it waits for the next data connection: EPSV (RFC 2428), or PASV (RFC 959) where that is refused or its
 * ports have turned out to be dead. Whatever the server says, the host is the control connection's.
 *
 * <p>Law: belongs to one session and is used by its thread.
 */
final class PassivePort {

    private static final Pattern EPSV = Pattern.compile("\\(([!-~])\\1\\1(\\d{1,5})\\1\\)");
    private static final Pattern PASV =
            Pattern.compile("(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3}),(\\d{1,3})");

    private final Partner partner;
    private final ControlConnection control;
    private final Experience experience;
    private boolean extendedRefused;
    private boolean extended;

    PassivePort(Partner partner, ControlConnection control, Experience experience) {
        this.partner = partner;
        this.control = control;
        this.experience = experience;
    }

    /** The port that {@link #ask()} told last cannot be reached. */
    void dead() {
        experience.dead(extended && control.socket().getInetAddress() instanceof Inet4Address);
    }

    /** The port to connect to. */
    int ask() throws IOException {
        InetAddress peer = control.socket().getInetAddress();
        boolean mayFallBack = peer instanceof Inet4Address || partner.detour().proxy() != null;
        extended = !extendedRefused && !(mayFallBack && experience.avoidsExtended());
        if (extended) {
            Reply reply = control.command("EPSV", "");
            if (reply.code() == 229) {
                return extendedPort(reply);
            }
            extendedRefused = true;
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

    private int extendedPort(Reply reply) throws FtpException {
        Matcher port = EPSV.matcher(reply.text());
        if (!port.find()) {
            throw unreadable("EPSV", reply);
        }
        return checkedPort("EPSV", reply, Integer.parseInt(port.group(2)));
    }

    private int plainPort(InetAddress peer, Reply reply) throws IOException {
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
        InetAddress offered = InetAddress.getByAddress(address);
        // What a server's address looks like from behind a proxy is not known here.
        boolean isChecked =
                !partner.detour().skipPassiveAddress() && partner.detour().proxy() == null;
        if (isChecked && !offered.equals(peer)) {
            throw new FtpException(
                    Kind.UNSAFE,
                    partner + ": PASV names another host (" + offered.getHostAddress()
                            + ") than the control connection (" + peer.getHostAddress()
                            + "); the data connection is refused. Where the server is behind address translation,"
                            + " skipPassiveAddress=true uses the control connection's host.",
                    reply,
                    null);
        }
        int port = Integer.parseInt(numbers.group(5)) * 256 + Integer.parseInt(numbers.group(6));
        return checkedPort("PASV", reply, port);
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
