package io.ferry.transfer;

/** Whether and where an earlier, unfinished transfer of the same file is continued. */
public sealed interface ResumeDecision {

    /** There is nothing to continue: the transfer starts at byte 0. */
    record Fresh() implements ResumeDecision {}

    /**
     * The transfer continues.
     *
     * @param offset how many bytes the partial holds
     * @param overlap how many of them are compared with the source again, 1 to {@code offset}
     */
    record ResumeAt(long offset, int overlap) implements ResumeDecision {}

    /**
     * What there is must not be continued: the transfer starts at byte 0 and says why.
     *
     * @param why the reason, for the log
     */
    record Conflict(String why) implements ResumeDecision {}

    /** An earlier transfer of this version is whole and verified already: nothing is transferred. */
    record AlreadyComplete() implements ResumeDecision {}

    /**
     * Decides. What there is counts only where it provably came from the version: by the fingerprint, or by the digest that
     * is compared at the end.
     *
     * @param source the version to transfer, as it was observed when the first byte of what there is was asked for
     * @param partialLength how many bytes the partial holds
     * @param verified whether a whole, verified file of this very version lies ready
     * @param options whether resuming is wanted, and the overlap
     */
    static ResumeDecision of(Fingerprint source, long partialLength, boolean verified, TransferOptions options) {
        boolean digest = options.verify() == TransferOptions.Verify.DIGEST && source.size() >= 0;
        boolean proven = source.isProof() || digest;
        if (verified && proven && options.resume() == TransferOptions.Resume.AUTO) {
            return new AlreadyComplete();
        }
        if (partialLength == 0) {
            return new Fresh();
        }
        if (options.resume() == TransferOptions.Resume.OFF) {
            return new Conflict("resume is off");
        }
        if (!proven) {
            return new Conflict(
                    source.tellsVersions()
                            ? "the file was so young that another of the same size may have taken its place since (modified "
                                    + source.modified() + ")"
                            : "the server does not state size and modification time, so the file may be another one");
        }
        if (partialLength > source.size()) {
            return new Conflict("the partial has " + partialLength + " bytes, more than the source's " + source.size());
        }
        return new ResumeAt(partialLength, (int) Math.min(options.overlap(), partialLength));
    }
}
