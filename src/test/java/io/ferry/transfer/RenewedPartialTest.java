package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.Content;
import io.ferry.testkit.Vsftpd;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The rename is asked for and does not happen, and the partial, which can no longer be proven, is given up for one under a new name.
 * That neither of the two is there says nothing about the final name.
 */
class RenewedPartialTest extends UploadFixture {

    @BeforeEach
    void renameIsLostAndThePartialCannotBeRead() throws Exception {
        on(Vsftpd.start());
        proxy.cutControlOn("RNTO");
        proxy.replaceReply("RETR", "550 Permission denied.").always();
    }

    @Test
    void absenceOfTheNewPartialIsNotTheRenameOfTheOldOne() throws Exception {
        var cut = proxy.cutControlOn("STOR").skip(1);
        LocalSource source = drop(MB, 1);
        send(source, FAIL);
        assertThat(cut.fired()).isOne();
        Content.assertIs(server.root().resolve("file"), MB, 1);
        assertThat(remoteNames()).containsExactly("file");
    }

    @Test
    void noteOfTheOldPartialDoesNotOutliveIt() throws Exception {
        var cut = proxy.cutControlOn("STOR").skip(1).always();
        LocalSource source = drop(MB, 2);
        assertThatThrownBy(() -> send(source, FAIL)).isInstanceOf(TransferException.class);
        assertThat(cut.fired()).isPositive();
        assertThat(remoteNames()).doesNotContain("file");
        installation.close();
        installation = Installation.of(local.resolve("work"));
        proxy.clearFaults();
        TransferResult result = send(source, FAIL);
        assertThat(result.outcome()).isEqualTo(TransferResult.Outcome.TRANSFERRED);
        Content.assertIs(server.root().resolve("file"), MB, 2);
    }
}
