package io.ferry.session;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Looks names up within a deadline. Each look-up has a daemon thread of its own, since one that waits for a silent name server
 * can neither be interrupted nor told when to give up; the thread ends when the operating system's resolver does.
 */
final class NameLookup {

    /** Finds the address of a name. */
    interface Names {
        InetAddress find(String host) throws UnknownHostException;
    }

    private NameLookup() {}

    /**
     * Looks a name up.
     *
     * @throws SocketTimeoutException when there is no answer within the budget
     * @throws UnknownHostException when there is no such name
     * @throws InterruptedIOException when the thread that waits is interrupted
     */
    static InetAddress within(Duration budget, String host, Names names) throws IOException {
        FutureTask<InetAddress> lookup = new FutureTask<>(() -> names.find(host));
        Thread thread = new Thread(lookup, "ferry-lookup-" + host);
        thread.setDaemon(true);
        thread.start();
        try {
            return lookup.get(budget.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new UnknownHostException("unknown host " + host);
        } catch (TimeoutException e) {
            throw new SocketTimeoutException("the name server did not answer for " + host + " within " + budget);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while looking up " + host);
        }
    }
}
