package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.session.Lease;
import io.ferry.session.Listing;
import io.ferry.session.MachineFile;
import io.ferry.session.RemoteFileFacts;
import io.ferry.session.Upcoming;
import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.testkit.FaultProxy.Cut;
import io.ferry.testkit.FaultProxy.Direction;
import io.ferry.transfer.TransferOptions.Verify;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a listing has said stands for the first question only where a last one follows. */
class ListedVersionTest extends DownloadFixture {

    private RemoteFileFacts listed() throws IOException {
        try (Lease lease = pool.lease()) {
            RemoteFileFacts facts;
            try (Listing listing = lease.session().list("")) {
                facts = Objects.requireNonNull(((MachineFile) listing.next()).facts());
                while (listing.next() != null) {
                    facts = null;
                }
            }
            lease.session().factsBeforeTransfer(new Upcoming("file", facts));
            return facts;
        }
    }

    @Test
    void aPartialIsNotContinuedOnTheWordOfAnOldListingWhereNothingIsVerified() throws Exception {
        on(ApacheFtp.start());
        Path file = TransferContract.aged(Content.write(server.root().resolve("file"), 2L * MB, 1));
        RemoteFileFacts before = listed();
        proxy.cutDataAfter(MB, Direction.DOWN, Cut.RST);
        TransferOptions options = options(1, Verify.NONE, false);
        assertThatThrownBy(() -> download("file", options).run()).isInstanceOf(TransferException.class);
        assertThat(files(SUFFIX)).hasSize(1);
        byte[] after = Files.readAllBytes(file);
        System.arraycopy(Content.bytes(1000, 2), 0, after, 0, 1000);
        FileTime later =
                FileTime.from(Files.getLastModifiedTime(file).toInstant().plusSeconds(60));
        Files.write(file, after);
        Files.setLastModifiedTime(file, later);
        Download download = download("file", options).listed(before);
        download.run();
        assertThat(Arrays.mismatch(Files.readAllBytes(download.file()), after)).isEqualTo(-1);
        assertThat(download.source().modified()).isEqualTo(later.toInstant());
    }
}
