package io.ferry.camel;

import java.util.HashSet;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.commons.net.ftp.FTPFile;
import org.jspecify.annotations.Nullable;

/**
 * When a done file may go. One that stands for a single file ({@code ${file:name}} in its name) goes with that file's commit;
 * one that stands for a whole batch goes when the last file of it is committed, and stays when one of them failed.
 *
 * <p>Law: belongs to one consumer; safe from any thread.
 */
final class DoneFiles {

    private final GenericFileEndpoint<FTPFile> endpoint;
    private final FerryOperations operations;
    private final Set<String> atWork = new HashSet<>();
    private final Set<String> failed = new HashSet<>();
    private boolean oneFinished;
    private @Nullable String waiting;

    DoneFiles(GenericFileEndpoint<FTPFile> endpoint, FerryOperations operations) {
        this.endpoint = endpoint;
        this.operations = operations;
    }

    /** A poll begins; what failed in an earlier batch is looked at anew. */
    synchronized void beginPoll() {
        if (atWork.isEmpty()) {
            failed.clear();
            oneFinished = false;
            waiting = null;
        }
    }

    /** The route is about to get a file. */
    synchronized void begun(FerryFile file) {
        failed.remove(file.listedPath());
        atWork.add(file.listedPath());
    }

    /** A file's route failed, and it stays for a later poll. */
    synchronized void failed(FerryFile file) {
        atWork.remove(file.listedPath());
        failed.add(file.listedPath());
    }

    /**
     * A file of the batch was gone before it could be transferred. The others do not wait for it.
     *
     * @param doneFile the done file that the batch's end allows to delete, or null
     */
    void missing(FerryFile file, @Nullable String doneFile) {
        boolean othersCame;
        synchronized (this) {
            othersCame = oneFinished || !atWork.isEmpty();
        }
        if (othersCame) {
            finished(file, doneFile);
        }
    }

    /**
     * A file is committed or set aside.
     *
     * @param doneFile the done file that its end allows to delete, or null
     */
    void finished(FerryFile file, @Nullable String doneFile) {
        String due = due(file, doneFile);
        if (due != null) {
            operations.deleteFile(due);
        }
    }

    private synchronized @Nullable String due(FerryFile file, @Nullable String doneFile) {
        atWork.remove(file.listedPath());
        oneFinished = true;
        if (isOfOneFile()) {
            return doneFile;
        }
        waiting = doneFile == null ? waiting : doneFile;
        if (!atWork.isEmpty() || !failed.isEmpty()) {
            return null;
        }
        String due = waiting;
        waiting = null;
        return due;
    }

    private boolean isOfOneFile() {
        String option = endpoint.getDoneFileName();
        return option != null && option.contains("{file:name");
    }

    /** Whether a commit that is made up for deletes a done file, as the stock consumer does at the end of a route. */
    boolean isDueAfter(Exchange exchange) {
        boolean last = exchange.getProperty(ExchangePropertyKey.BATCH_COMPLETE, false, Boolean.class);
        return endpoint.getDoneFileName() != null && !endpoint.isNoop() && (last || isOfOneFile());
    }
}
