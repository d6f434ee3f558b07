package io.ferry.session;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What lies between this host and the server: address translation, and a proxy.
 *
 * @param announcedAddress the address told to the server in active mode (PORT, EPRT), where it sees this host under another one
 *     than the control connection's; an IP address in digits, or null for the control connection's local address
 * @param skipPassiveAddress whether the address in a reply to PASV is passed over, where a server behind address translation
 *     names one that means nothing here; the data connection goes to the control connection's host either way
 * @param proxy through which all connections go, or null for none
 */
public record Detour(
        @Nullable String announcedAddress,
        boolean skipPassiveAddress,
        @Nullable ProxyServer proxy) {

    /** Nothing lies between. */
    public static final Detour NONE = new Detour(null, false, null);

    /** The characters of an IP address in digits; anything else would be looked up as a name. */
    private static final Pattern ADDRESS =
            Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)(\\.(?!$)|$)){4}|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");

    /** Checks the address. */
    public Detour {
        if (announcedAddress != null) {
            addressOf(announcedAddress);
        }
    }

    /** The address told to the server in active mode, or null for the control connection's own. */
    @Nullable
    InetAddress announced() {
        return announcedAddress == null ? null : addressOf(announcedAddress);
    }

    private static InetAddress addressOf(String text) {
        try {
            if (ADDRESS.matcher(text).matches()) {
                return InetAddress.getByName(text);
            }
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(notAnAddress(text), e);
        }
        throw new IllegalArgumentException(notAnAddress(text));
    }

    private static String notAnAddress(String text) {
        return "The option activeExternalAddress takes an IP address such as 203.0.113.7, not \"" + text + "\"";
    }
}
