package io.ferry.camel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.remote.FtpEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.commons.net.ftp.FTPFile;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A done file that goes too early lets others begin on half a batch; one that stays lets the batch begin again. */
class DoneFilesTest {

    private static final FerryFile A = file("outbound/a");
    private static final FerryFile B = file("outbound/b");

    private final List<String> deleted = new ArrayList<>();
    private final FtpEndpoint<FTPFile> endpoint = new FtpEndpoint<>();
    private DoneFiles doneFiles;

    @BeforeEach
    void begin() {
        endpoint.setDoneFileName("ready");
        doneFiles = new DoneFiles(endpoint, new FerryOperations(endpoint, null) {
            @Override
            public boolean deleteFile(String name) {
                return deleted.add(name);
            }
        });
        doneFiles.beginPoll();
    }

    private static FerryFile file(String path) {
        FerryFile file = new FerryFile();
        file.listed(path, true);
        return file;
    }

    @Test
    void batchesDoneFileGoesWithTheLastFileWhicheverThatIs() {
        doneFiles.begun(A);
        doneFiles.begun(B);
        doneFiles.finished(B, "ready");
        assertThat(deleted).isEmpty();
        doneFiles.finished(A, null);
        assertThat(deleted).containsExactly("ready");
        doneFiles.begun(A);
        doneFiles.finished(A, null);
        assertThat(deleted).as("once").hasSize(1);
    }

    @Test
    void batchesDoneFileStaysWhileOneFailedAndGoesOnceThatOneIsCommitted() {
        doneFiles.begun(A);
        doneFiles.begun(B);
        doneFiles.failed(A);
        doneFiles.finished(B, "ready");
        assertThat(deleted).isEmpty();
        doneFiles.begun(A);
        doneFiles.finished(A, null);
        assertThat(deleted).containsExactly("ready");
    }

    @Test
    void nextPollForgetsTheFailuresOfTheLast() {
        doneFiles.begun(A);
        doneFiles.failed(A);
        doneFiles.beginPoll();
        doneFiles.begun(B);
        doneFiles.finished(B, "ready");
        assertThat(deleted).containsExactly("ready");
    }

    @Test
    void pollThatFindsFilesAtWorkForgetsNothing() {
        doneFiles.begun(A);
        doneFiles.failed(A);
        doneFiles.begun(B);
        doneFiles.beginPoll();
        doneFiles.finished(B, "ready");
        assertThat(deleted).isEmpty();
        doneFiles.begun(A);
        doneFiles.finished(A, null);
        assertThat(deleted).containsExactly("ready");
    }

    @Test
    void doneFileOfAnEarlierBatchIsNotDeletedInALaterOne() {
        doneFiles.begun(A);
        doneFiles.failed(A);
        doneFiles.begun(B);
        doneFiles.finished(B, "ready");
        doneFiles.beginPoll();
        doneFiles.begun(A);
        doneFiles.finished(A, null);
        assertThat(deleted).isEmpty();
    }

    @Test
    void missingFileHoldsUpNobodyAndAloneProvesNothing() {
        doneFiles.missing(A, "ready");
        assertThat(deleted).as("none of the batch came").isEmpty();
        doneFiles.begun(B);
        doneFiles.missing(A, "ready");
        assertThat(deleted).as("another is at work").isEmpty();
        doneFiles.finished(B, null);
        assertThat(deleted).containsExactly("ready");
        doneFiles.missing(A, "ready");
        assertThat(deleted).as("another came").hasSize(2);
        doneFiles.beginPoll();
        doneFiles.missing(A, "ready");
        assertThat(deleted).as("none of the next batch came").hasSize(2);
    }

    @Test
    void doneFileOfOneFileGoesWithThatFile() {
        endpoint.setDoneFileName("${file:name}.done");
        doneFiles.begun(A);
        doneFiles.begun(B);
        doneFiles.failed(B);
        doneFiles.finished(A, "a.done");
        assertThat(deleted).containsExactly("a.done");
    }

    @Test
    void withoutADoneFileNothingIsDeleted() {
        endpoint.setDoneFileName(null);
        doneFiles.begun(A);
        doneFiles.finished(A, null);
        assertThat(deleted).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "ready, false, true, true",
        "ready, false, false, false",
        "ready, true, true, false",
        "${file:name}.done, false, false, true",
        "${file:name.noext}.done, false, false, true",
        "${file:name}.done, true, false, false",
        ", false, true, false",
    })
    void doneFileIsDueAfterTheLastOfItsFiles(String doneFileName, boolean noop, boolean last, boolean due)
            throws Exception {
        endpoint.setDoneFileName(doneFileName);
        endpoint.setNoop(noop);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            Exchange exchange = new DefaultExchange(context);
            exchange.setProperty(ExchangePropertyKey.BATCH_COMPLETE, last);
            assertThat(doneFiles.isDueAfter(exchange)).isEqualTo(due);
        }
    }
}
