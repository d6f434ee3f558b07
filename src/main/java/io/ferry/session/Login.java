package io.ferry.session;

import io.ferry.session.ControlConnection.Command;
import io.ferry.session.FtpException.Kind;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The steps from the greeting to a usable session: TLS before any password, then the login, the encoding, and TYPE I. Where earlier
 * sessions have found out that the server takes several commands at once, those that need no other's reply go out together.
 *
 * @param partner whom to log in at
 * @param control the connection
 * @param together whether the server takes several commands at once
 */
record Login(Partner partner, ControlConnection control, boolean together) {

    /**
     * Reads the greeting and makes the connection secure.
     *
     * @return the greeting
     */
    Reply greet(@Nullable TlsLayer layer) throws IOException {
        Tls tls = partner.tls();
        if (tls != null && layer != null && tls.implicit()) {
            layer(layer);
        }
        Reply greeting = control.finalReply("connect", partner.timeouts().connect());
        if (!greeting.isCompletion()) {
            throw FtpException.refused(partner, "connect", greeting);
        }
        if (tls != null && layer != null) {
            secure(tls, layer);
        }
        return greeting;
    }

    private void secure(Tls tls, TlsLayer layer) throws IOException {
        if (!tls.implicit()) {
            Reply auth = control.command("AUTH", "TLS");
            if (auth.code() != 234) {
                throw new FtpException(
                        Kind.TLS,
                        partner
                                + ": the server refuses AUTH TLS. Nothing is sent in plain text; use ferry-ftp only if the"
                                + " line is safe: " + auth,
                        auth,
                        null);
            }
            if (control.hasUnread()) {
                throw new FtpException(
                        Kind.UNSAFE,
                        partner + ": bytes in plain text follow the reply to AUTH TLS; someone may inject replies");
            }
            layer(layer);
        }
        List<Command> protection = List.of(new Command("PBSZ", "0"), new Command("PROT", tls.protectionLevel()));
        List<Reply> early =
                together ? control.ask(protection, partner.timeouts().reply()) : List.of();
        for (int i = 0; i < protection.size(); i++) {
            Command command = protection.get(i);
            Reply reply = together ? early.get(i) : control.command(command.verb(), command.argument());
            protect(reply, command.line());
        }
    }

    private void layer(TlsLayer layer) throws IOException {
        control.layer(layer.layer(new NamedSocket(control.socket(), partner.port()), false));
    }

    private void protect(Reply reply, String command) throws FtpException {
        if (!reply.isCompletion()) {
            throw new FtpException(
                    Kind.TLS,
                    partner + ": the server refuses " + command + ": " + reply + ". Data would cross in plain text.",
                    reply,
                    null);
        }
    }

    void authenticate() throws IOException {
        Reply reply = control.command("USER", partner.user());
        if (reply.code() == 331) {
            reply = control.command("PASS", partner.password());
        }
        if (reply.code() == 332) {
            String account = partner.account();
            if (account == null) {
                throw loginRefused("the server asks for an account; set the option account", reply);
            }
            reply = control.command("ACCT", account);
        }
        if (!reply.isCompletion()) {
            throw reply.code() / 100 == 4
                    ? FtpException.refused(partner, "login", reply)
                    : loginRefused("login refused. Check user, password and account", reply);
        }
    }

    private FtpException loginRefused(String what, Reply reply) {
        return new FtpException(Kind.LOGIN_REFUSED, partner + ": " + what + ": " + reply, reply, null);
    }

    /** The features (RFC 2389), and TYPE I; a greeting or the reply to a password that comes once more answers nothing. */
    Features features() throws IOException {
        List<Reply> early = together
                ? control.ask(
                        List.of(new Command("FEAT", ""), TransferType.BYTES),
                        partner.timeouts().reply())
                : List.of();
        Reply reply = together ? early.get(0) : control.command("FEAT", "");
        if (reply.code() == 220 || reply.code() == 230 || reply.isIntermediate()) {
            control.markBroken();
            throw FtpException.answered(partner, "FEAT", reply);
        }
        TransferType type = new TransferType(partner, control);
        if (together) {
            type.check(TransferType.BYTES, early.get(1));
        } else {
            type.bytes();
        }
        return Features.of(reply);
    }

    /** UTF-8 (RFC 2640), announced where the server wants to hear it, unless the partner's encoding is given. */
    void chooseEncoding(Features features) throws IOException {
        if (partner.encoding() == null && features.has("UTF8")) {
            control.command("OPTS", "UTF8 ON");
        }
    }

    /** Back to plain text on the control connection, where the user wants address translators to read it (RFC 4217, 12.3). */
    void clear() throws IOException {
        Tls tls = partner.tls();
        if (tls == null || !tls.clearControl()) {
            return;
        }
        Reply reply = control.command("CCC", "");
        if (!reply.isCompletion()) {
            throw FtpException.refused(partner, "CCC", reply);
        }
        control.clear(partner.timeouts().connect());
    }

    void settle() throws IOException {
        for (String command : partner.siteCommands()) {
            Reply reply = control.command("SITE", command);
            if (!reply.isCompletion()) {
                throw FtpException.refused(partner, "SITE " + command, reply);
            }
        }
    }
}
