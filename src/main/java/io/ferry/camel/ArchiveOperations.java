package io.ferry.camel;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The operations that the stock strategies get for {@code move}, {@code moveFailed} and {@code preMove}: they would delete an
 * existing target, and these leave it and take a numbered name instead.
 */
class ArchiveOperations extends FerryOperations {

    private static final Logger LOG = LoggerFactory.getLogger(ArchiveOperations.class);
    private static final int MANY = 100_000;

    /**
     * The targets that threads of this process are looking at or renaming to: between the look and the rename another file may
     * get the name, which many servers replace. Other processes cannot be held off.
     */
    private static final Set<String> CLAIMED = ConcurrentHashMap.newKeySet();

    ArchiveOperations(FerryOperations operations) {
        super(operations);
    }

    /** Nothing is deleted to make room. */
    @Override
    public boolean deleteFile(String name) {
        return false;
    }

    @Override
    public boolean renameFile(String from, String to) {
        String free = to;
        for (int number = 1; !isRenamed(from, free); number = next(to, number)) {
            free = numbered(to, number);
        }
        if (!free.equals(to)) {
            LOG.info("{} exists and is kept; {} is now {}", to, from, free);
        }
        return true;
    }

    /** Renames, unless the target exists, or another thread is about to make it. */
    private boolean isRenamed(String from, String to) {
        String claim = partner() + " " + to;
        if (!CLAIMED.add(claim)) {
            return false;
        }
        try {
            if (existsFile(to)) {
                return false;
            }
            renaming(to);
            return super.renameFile(from, to);
        } finally {
            CLAIMED.remove(claim);
        }
    }

    /** A file is about to get this name, which is free. */
    void renaming(String to) {
        // For those who have to write it down.
    }

    private static int next(String to, int number) {
        if (number >= MANY) {
            throw new GenericFileOperationFailedException("There are more than " + MANY + " files named like " + to
                    + ". Put the date into the name, such as move=.done/${date:now:yyyyMMdd}/${file:name}.");
        }
        return number + 1;
    }

    /** {@code report.csv}, then {@code report-1.csv}, {@code report-2.csv}. */
    static String numbered(String path, int number) {
        int slash = path.lastIndexOf('/');
        int dot = path.lastIndexOf('.');
        int end = dot > slash + 1 ? dot : path.length();
        return path.substring(0, end) + "-" + number + path.substring(end);
    }
}
