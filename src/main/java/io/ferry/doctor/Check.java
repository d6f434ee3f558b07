package io.ferry.doctor;

import org.jspecify.annotations.Nullable;

/**
 * What one check has found.
 *
 * @param name what was looked at, such as {@code PASV}
 * @param status how it is
 * @param finding what was seen, and what it means
 * @param advice what to do, or null where nothing is to be done
 */
public record Check(
        String name,
        Status status,
        String finding,
        @Nullable String advice) {

    /** How it is. */
    public enum Status {
        /** As it should be. */
        OK,
        /** Not tried, or not to be found out. */
        NOTE,
        /** It works, but worse or less safely than it could. */
        WARN,
        /** It does not work until something is changed. */
        FAIL
    }

    static Check ok(String name, String finding) {
        return new Check(name, Status.OK, finding, null);
    }

    static Check note(String name, String finding) {
        return new Check(name, Status.NOTE, finding, null);
    }

    static Check warn(String name, String finding, String advice) {
        return new Check(name, Status.WARN, finding, advice);
    }

    static Check fail(String name, String finding, String advice) {
        return new Check(name, Status.FAIL, finding, advice);
    }
}
