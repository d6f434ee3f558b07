package io.ferry.stock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ferry.testkit.ApacheFtp;
import java.nio.file.Files;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.spi.IdempotentRepository;
import org.apache.camel.support.processor.idempotent.MemoryIdempotentRepository;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** F7: read locks that exist for local files, asked for on FTP, while another reader holds the file. */
class F07ReadLockTest extends SideBySide {

    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** A repository in which another reader has locked every file. */
    private IdempotentRepository taken() {
        return new MemoryIdempotentRepository() {
            @Override
            public boolean add(String key) {
                asked.add(key);
                return false;
            }

            @Override
            public boolean contains(String key) {
                asked.add(key);
                return true;
            }
        };
    }

    private String lockedElsewhere(Scheme scheme, String readLock) throws Exception {
        on(ApacheFtp.start());
        put("outbound/file", "held by another reader");
        put("outbound/file.camelLock", "");
        context.getRegistry().bind("taken", IdempotentRepository.class, taken());
        return from(scheme, "outbound", "delete=true&include=file&idempotentRepository=#taken&readLock=" + readLock);
    }

    @ParameterizedTest
    @ValueSource(strings = {"markerFile", "fileLock", "idempotent", "idempotent-changed", "idempotent-rename"})
    void stockTakesAFileThatAnotherReaderHasLocked(String readLock) throws Exception {
        route(lockedElsewhere(Scheme.STOCK, readLock), "file:" + inbox);
        until("the source is gone", () -> !Files.exists(remote("outbound/file")));
        assertThat(inbox.resolve("file")).hasContent("held by another reader");
        // No lock of its own either: neither a marker nor an entry.
        assertThat(sent("STOR")).isZero();
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"markerFile", "fileLock", "idempotent", "idempotent-changed", "idempotent-rename"})
    void ferryRefusesALockThatLocksNothing(String readLock) throws Exception {
        String from = lockedElsewhere(Scheme.FERRY, readLock);
        assertThatThrownBy(() -> route(from, "file:" + inbox)).hasStackTraceContaining("locks nothing on FTP");
        assertThat(remote("outbound/file")).exists();
    }
}
