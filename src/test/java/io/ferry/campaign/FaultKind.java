package io.ferry.campaign;

import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import java.util.List;
import java.util.stream.Stream;

/** The faults that a campaign draws from. Each puts itself before a client with what the {@link Draw} gives it. */
enum FaultKind {
    DATA_FIN("data connection: FIN at byte N", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            var fault = draw.proxy().cutDataAfter(draw.offset(), draw.direction(), Cut.FIN);
            draw.armed(draw.chance(3) ? fault.hideError226() : fault);
        }
    },
    DATA_RST("data connection: RST at byte N", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().cutDataAfter(draw.offset(), draw.direction(), Cut.RST));
        }
    },
    DATA_SILENT("data connection: ends at byte N, and the server says 226", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().cutDataAfter(draw.offset(), draw.direction(), Cut.SILENT));
        }
    },
    DATA_STALL("data connection: stalls for longer than the stall time-out", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().delayDataAfter(draw.offset(), draw.direction(), CampaignRun.STALL_MILLIS * 2));
        }
    },
    DATA_DELAY("data connection: pauses", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().delayDataAfter(draw.offset(), draw.direction(), draw.between(1, 300)));
        }
    },
    DATA_DRIP("data connection: 1 byte at a time", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().dripDataAfter(draw.offset(), draw.direction()));
        }
    },
    REPLY_BEFORE_DATA("226 overtakes the data") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().replyBeforeDataAfter(draw.offset(), draw.direction(), draw.between(1, 300)));
        }
    },
    REPLY_BEHIND_DATA("226 comes a pause behind the data") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().delayReply(draw.transfer(), draw.between(1, 800)));
        }
    },
    CONTROL_FIN("control connection: FIN at byte N", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.cutControl(Cut.FIN);
        }
    },
    CONTROL_RST("control connection: RST at byte N", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.cutControl(Cut.RST);
        }
    },
    CONTROL_CUT_IN_DATA("control connection: cut in the middle of the data", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().cutControlDuringDataAfter(draw.offset(), draw.direction()));
        }
    },
    CONTROL_CUT_ON_COMMAND("control connection: cut before a command is carried out") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().cutControlOn(draw.command()));
        }
    },
    CONTROL_CUT_ON_REPLY("control connection: cut after a command was carried out") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().cutControlOnReplyTo(draw.command()));
        }
    },
    REPLY_MISSING("reply missing") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().dropReply(draw.command()));
        }
    },
    REPLY_DUPLICATED("reply duplicated") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().duplicateReply(draw.command(), 0));
        }
    },
    REPLY_DUPLICATED_LATE("reply duplicated a moment later") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().duplicateReply(draw.command(), draw.between(1, 5)));
        }
    },
    REPLY_DELAYED("reply delayed") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().delayReply(draw.command(), draw.between(10, 500)));
        }
    },
    REPLY_LATE("reply later than the reply time-out") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().delayReply(draw.command(), CampaignRun.REPLY_MILLIS + 300));
        }
    },
    REPLY_DRIPPED("reply 1 byte at a time") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().dripReply(draw.command()));
        }
    },
    WRONG_SIZE("SIZE lies") {
        @Override
        void arm(Draw draw) {
            // Never by what the drawn cuts leave out: a server that loses bytes and lies by as many is seen by a digest
            // only.
            draw.armed(draw.proxy()
                    .lieAboutSize(draw.oneOf(-7L, 7L, -1003L, 1003L, 100_003L))
                    .times(draw.between(1, 4)));
        }
    },
    SERVICE_ENDS("421 at any command, and the connection closed") {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy()
                    .replaceReply(draw.command(), "421 Service not available.")
                    .closing()
                    .times(draw.between(1, 3)));
        }
    },
    REST_502("REST refused with 502") {
        @Override
        void arm(Draw draw) {
            draw.unfinished();
            draw.armed(draw.proxy().replaceReply("REST", "502 Not implemented.").times(draw.between(1, 3)));
        }
    },
    REST_504("REST refused with 504") {
        @Override
        void arm(Draw draw) {
            draw.unfinished();
            draw.armed(draw.proxy()
                    .replaceReply("REST", "504 Not for that parameter.")
                    .times(draw.between(1, 3)));
        }
    },
    REST_IGNORED("REST answered with 350 and ignored") {
        @Override
        void arm(Draw draw) {
            draw.unfinished();
            draw.armed(draw.proxy().replaceReply("REST", "350 Restarting.").times(draw.between(1, 3)));
        }
    },
    FINAL_426("transfer ends with 426") {
        @Override
        void arm(Draw draw) {
            draw.finalReply("426 Connection closed, transfer aborted.");
        }
    },
    FINAL_451("transfer ends with 451") {
        @Override
        void arm(Draw draw) {
            draw.finalReply("451 Local error in processing.");
        }
    },
    FINAL_452("transfer ends with 452") {
        @Override
        void arm(Draw draw) {
            draw.finalReply("452 Insufficient storage space.");
        }
    },
    FINAL_552("transfer ends with 552") {
        @Override
        void arm(Draw draw) {
            draw.finalReply("552 Exceeded storage allocation.");
        }
    },
    DEAD_PORT("PASV/EPSV to a port where nobody listens", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.deadPort();
        }
    },
    CONNECT_RESET("control connection: taken and reset at once", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().resetConnections().times(draw.between(1, 3)));
        }
    },
    CONNECT_REFUSED("control connection: refused until the client has failed once", Where.BOTH) {
        @Override
        void arm(Draw draw) {
            draw.refuseConnections();
        }
    },
    DATA_BIT_FLIPPED("data connection: a bit of TLS flipped", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().flipDataAfter(draw.offset(), draw.direction()));
        }
    },
    DATA_RECORD_LOST("data connection: a TLS record lost", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().dropRecordAfter(draw.offset(), draw.direction()));
        }
    },
    DATA_RECORD_REPEATED("data connection: a TLS record repeated", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().repeatRecordAfter(draw.offset(), draw.direction()));
        }
    },
    DATA_NO_CLOSE_NOTIFY("data connection: all of it but TLS's close_notify", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.anyConnection();
            draw.armed(draw.proxy().dropCloseNotify(draw.direction()).times(draw.between(1, 3)));
        }
    },
    DATA_HANDSHAKE_CUT("data connection: cut in the TLS handshake", Where.TLS) {
        @Override
        void arm(Draw draw) {
            Direction way = draw.oneOf(Direction.values());
            draw.armed(draw.proxy().cutDataAfter(draw.inHandshake(), way, draw.oneOf(Cut.values())));
        }
    },
    DATA_HANDSHAKE_STALL("data connection: TLS handshake longer than the connect time-out", Where.TLS) {
        @Override
        void arm(Draw draw) {
            Direction way = draw.oneOf(Direction.values());
            draw.armed(draw.proxy().delayDataAfter(draw.inHandshake(), way, CampaignRun.CONNECT_MILLIS + 300));
        }
    },
    CONTROL_BIT_FLIPPED("control connection: a bit flipped at byte N", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().flipControlAfter(draw.inControl(), draw.oneOf(Direction.values())));
        }
    },
    CONTROL_STALL("control connection: stalls for longer than any time-out", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy()
                    .delayControlAfter(
                            draw.inControl(), draw.oneOf(Direction.values()), CampaignRun.CONNECT_MILLIS + 300));
        }
    },
    CONTROL_DELAY("control connection: pauses", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy()
                    .delayControlAfter(draw.inControl(), draw.oneOf(Direction.values()), draw.between(10, 500)));
        }
    },
    CONTROL_DRIP("control connection: 1 byte at a time", Where.TLS) {
        @Override
        void arm(Draw draw) {
            draw.armed(draw.proxy().dripControlAfter(draw.inControl(), draw.oneOf(Direction.values())));
        }
    },
    AUTH_LOST("AUTH TLS: connection or reply lost", Where.TLS) {
        @Override
        void arm(Draw draw) {
            var fault = switch (draw.between(0, 2)) {
                case 0 -> draw.proxy().cutControlOn("AUTH");
                case 1 -> draw.proxy().cutControlOnReplyTo("AUTH");
                default -> draw.proxy().dropReply("AUTH");
            };
            draw.armed(fault.times(draw.between(1, 3)));
        }
    },
    AUTH_REFUSED("AUTH TLS refused by someone on the line, who would rather have plain text", Where.TLS) {
        @Override
        void arm(Draw draw) {
            String reply = draw.oneOf(
                    "502 Not implemented.", "534 Request denied for policy reasons.", "504 Not for that parameter.");
            draw.armed(draw.proxy().replaceReply("AUTH", reply).times(draw.between(1, 3)));
        }
    },
    AUTH_INJECTED("replies put behind the one to AUTH TLS, before the handshake", Where.TLS) {
        @Override
        void arm(Draw draw) {
            String reply = draw.oneOf("230 Logged in.", "220 Ready.", "331 Password, please.");
            draw.armed(draw.proxy()
                    .rewriteReply("AUTH", "234 Go ahead.\r\n" + reply)
                    .times(draw.between(1, 3)));
        }
    };

    /** On which lines a fault can be made. */
    private enum Where {
        /** It needs commands or replies, which nobody on the way can read or change under TLS. */
        PLAIN,
        TLS,
        BOTH
    }

    private final String meaning;
    private final Where where;

    FaultKind(String meaning) {
        this(meaning, Where.PLAIN);
    }

    FaultKind(String meaning, Where where) {
        this.meaning = meaning;
        this.where = where;
    }

    /** Those that can be made on a line with TLS or on one without. */
    static List<FaultKind> on(boolean tls) {
        return Stream.of(values())
                .filter(kind -> kind.where != (tls ? Where.PLAIN : Where.TLS))
                .toList();
    }

    String meaning() {
        return meaning;
    }

    abstract void arm(Draw draw);

    /** The direction of the file's bytes, as it is called in reports. */
    static String called(Direction direction) {
        return direction == Direction.DOWN ? "down" : "up";
    }
}
