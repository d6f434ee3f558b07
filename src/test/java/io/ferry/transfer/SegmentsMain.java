package io.ferry.transfer;

import io.ferry.session.ListingFormat;
import io.ferry.session.Partner;
import io.ferry.session.SessionPool;
import io.ferry.transfer.TransferOptions.Verify;
import java.nio.file.Path;
import java.util.List;

/** Another process that receives a file in segments, for as long as it is let. */
public final class SegmentsMain {

    private SegmentsMain() {}

    /** Port, user, password, and the work directory. */
    public static void main(String[] arguments) throws Exception {
        SessionPool pool = new SessionPool(new Partner(
                "127.0.0.1",
                Integer.parseInt(arguments[0]),
                arguments[1],
                arguments[2],
                null,
                null,
                TransferContract.TIMEOUTS,
                true,
                Partner.PortRange.ANY,
                null,
                List.of(),
                ListingFormat.AUTO,
                5));
        new Download(
                        pool,
                        "file",
                        LocalTarget.inWorkDirectory(Path.of(arguments[3]), "file", DownloadFixture.SUFFIX),
                        DownloadFixture.options(3, Verify.SIZE, true).segmented(4, 512 << 10),
                        TransferListener.NONE,
                        () -> false)
                .run();
    }
}
