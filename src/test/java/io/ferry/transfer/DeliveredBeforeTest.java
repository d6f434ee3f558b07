package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import io.ferry.testkit.Content;
import io.ferry.transfer.TransferResult.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A version that was delivered is not transferred again; whoever keeps the record is asked about what was observed. */
class DeliveredBeforeTest extends DownloadFixture {

    @Test
    void deliveredVersionIsLeftAlone() throws Exception {
        on(ApacheFtp.start());
        Path file = TransferContract.aged(Content.write(server.root().resolve("file"), MB, 1));
        List<Fingerprint> asked = new ArrayList<>();
        Download download = download("file", TransferContract.OPTIONS).unless(version -> asked.add(version));
        TransferResult result = download.run();
        assertThat(result.outcome()).isEqualTo(Outcome.ALREADY_DELIVERED);
        assertThat(result.transferred()).isZero();
        assertThat(result.size()).isEqualTo(MB);
        assertThat(asked).containsExactly(download.source());
        assertThat(asked.get(0).isProof()).isTrue();
        assertThatThrownBy(download::file).isInstanceOf(IllegalStateException.class);
        assertThat(sent("RETR")).isEmpty();
        assertThat(recorder.events).isEmpty();
        assertThat(files("")).isEmpty();
        assertThat(file).exists();
    }

    @Test
    void anotherVersionIsTransferred() throws Exception {
        on(ApacheFtp.start());
        TransferContract.aged(Content.write(server.root().resolve("file"), MB, 2));
        Download download = download("file", TransferContract.OPTIONS).unless(version -> version.size() != MB);
        assertThat(download.run().outcome()).isEqualTo(Outcome.TRANSFERRED);
        Content.assertIs(download.file(), MB, 2);
    }

    @Test
    void youngVersionIsNoProof() throws Exception {
        on(ApacheFtp.start());
        Path file = Content.write(server.root().resolve("file"), 10, 3);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(60)));
        Download download = download("file", TransferContract.OPTIONS);
        download.run();
        assertThat(download.source().isProof()).isFalse();
    }
}
