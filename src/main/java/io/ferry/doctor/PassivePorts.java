package io.ferry.doctor;

import io.ferry.session.Partner;
import io.ferry.session.Probe;
import io.ferry.session.Probe.Door;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;

/** Whether the ports can be reached that a server names for data connections; address translation shows here. */
final class PassivePorts {

    private final Partner partner;
    private final Probe probe;
    private final Findings findings;

    PassivePorts(Partner partner, Probe probe, Findings findings) {
        this.partner = partner;
        this.probe = probe;
        this.findings = findings;
    }

    void run() throws IOException {
        Door extended = probe.door("EPSV");
        boolean byExtended = isOpen(extended);
        InetAddress peer = probe.peer();
        if (!(peer instanceof Inet4Address)) {
            findings.add(
                    byExtended
                            ? Check.ok("EPSV", "port " + extended.port() + " is reachable")
                            : closed("EPSV", extended, true));
            return;
        }
        Door plain = probe.door("PASV");
        findings.add(
                byExtended
                        ? Check.ok("EPSV", "port " + extended.port() + " is reachable")
                        : closed("EPSV", extended, !isOpen(plain)));
        findings.add(plain(plain, peer, byExtended));
    }

    private static boolean isOpen(Door door) {
        return door.port() > 0 && door.unreachable() == null;
    }

    private Check plain(Door door, InetAddress peer, boolean byExtended) {
        InetAddress named = door.host();
        if (!isOpen(door)) {
            return closed("PASV", door, !byExtended);
        }
        if (named == null || peer.equals(named) || partner.detour().proxy() != null) {
            return Check.ok("PASV", "port " + door.port() + " is reachable");
        }
        String seen = "names " + named.getHostAddress() + ", and the server is reached at " + peer.getHostAddress()
                + ": it is behind address translation (NAT) and does not know its public address";
        if (partner.detour().skipPassiveAddress()) {
            return Check.ok("PASV", seen + "; skipPassiveAddress=true passes over that");
        }
        findings.option("skipPassiveAddress", "true");
        String advice = "Set skipPassiveAddress=true, or have the partner set its server's public address for PASV.";
        return byExtended
                ? Check.warn("PASV", seen + ". EPSV, which is tried first, works", advice)
                : Check.fail("PASV", seen + ". Data connections are refused", advice);
    }

    private Check closed(String verb, Door door, boolean last) {
        if (door.port() == 0) {
            String said = door.answer().code() + " " + door.answer().text();
            return last
                    ? Check.fail(verb, "refused: " + said, "Without passive ports, passiveMode=false may work.")
                    : Check.note(verb, "refused: " + said + "; the other command works");
        }
        String seen = "port " + door.port() + " cannot be reached (" + door.unreachable() + ")";
        return last
                ? Check.fail(
                        verb, seen, "A firewall blocks the server's passive ports: have them opened, on both sides.")
                : Check.warn(
                        verb,
                        seen + "; the other command's can",
                        "Nothing to do: Ferry finds out and uses the other one. A firewall rewrites only one of the two.");
    }
}
