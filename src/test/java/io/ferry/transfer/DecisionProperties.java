package io.ferry.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.ferry.transfer.ResumeDecision.AlreadyComplete;
import io.ferry.transfer.ResumeDecision.Conflict;
import io.ferry.transfer.ResumeDecision.Fresh;
import io.ferry.transfer.ResumeDecision.ResumeAt;
import io.ferry.transfer.TransferOptions.OnUnprovable;
import io.ferry.transfer.TransferOptions.Resume;
import io.ferry.transfer.TransferOptions.Verify;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.NotBlank;
import net.jqwik.api.constraints.StringLength;

/** What holds for every decision about resuming, every fingerprint, and every name of a partial. */
class DecisionProperties {

    private static final long LARGE = 1L << 45;

    @Provide
    Arbitrary<Fingerprint> versions() {
        Arbitrary<Long> sizes = Arbitraries.longs().between(-1, LARGE);
        Arbitrary<Instant> times = Arbitraries.longs()
                .between(0, 4_000_000_000_000L)
                .map(Instant::ofEpochMilli)
                .injectNull(0.2);
        Arbitrary<String> uniques = Arbitraries.strings().alpha().ofLength(6).injectNull(0.6);
        return Combinators.combine(sizes, times, uniques, Arbitraries.of(true, false))
                .as((size, time, unique, settled) ->
                        new Fingerprint("me@host:21", "dir/file", size, time, unique, settled));
    }

    @Provide
    Arbitrary<TransferOptions> options() {
        return Combinators.combine(
                        Arbitraries.integers().between(1, 1 << 20),
                        Arbitraries.of(Resume.values()),
                        Arbitraries.of(Verify.values()),
                        Arbitraries.of(OnUnprovable.values()))
                .as((overlap, resume, verify, onUnprovable) -> new TransferOptions(
                        1 << 16,
                        overlap,
                        resume,
                        verify,
                        3,
                        Duration.ofSeconds(1),
                        TransferOptions.AUTO,
                        true,
                        onUnprovable,
                        Duration.ZERO));
    }

    @Property
    void nothingUnprovenIsEverContinued(
            @ForAll("versions") Fingerprint source,
            @ForAll @LongRange(max = LARGE) long partial,
            @ForAll boolean verified,
            @ForAll("options") TransferOptions options) {
        ResumeDecision decision = ResumeDecision.of(source, partial, verified, options);
        boolean digest = options.verify() == Verify.DIGEST && source.size() >= 0;
        if (decision instanceof ResumeAt || decision instanceof AlreadyComplete) {
            assertThat(source.isProof() || digest).isTrue();
            assertThat(options.resume()).isEqualTo(Resume.AUTO);
        }
        if (decision instanceof AlreadyComplete) {
            assertThat(verified).isTrue();
        }
        if (decision instanceof ResumeAt resume) {
            assertThat(resume.offset()).isEqualTo(partial).isPositive().isLessThanOrEqualTo(source.size());
            assertThat(resume.overlap()).isBetween(1, options.overlap());
            assertThat((long) resume.overlap()).isLessThanOrEqualTo(resume.offset());
        }
        if (decision instanceof Fresh) {
            assertThat(partial).isZero();
        }
        if (decision instanceof Conflict conflict) {
            assertThat(partial).isPositive();
            assertThat(conflict.why()).isNotBlank();
        }
    }

    @Property
    void provenPartialIsContinuedWhereItEnds(
            @ForAll("versions") Fingerprint source,
            @ForAll @LongRange(min = 1, max = LARGE) long partial,
            @ForAll("options") TransferOptions options) {
        boolean may = source.isProof() && partial <= source.size() && options.resume() == Resume.AUTO;
        ResumeDecision decision = ResumeDecision.of(source, partial, false, options);
        if (may) {
            assertThat(decision).isEqualTo(new ResumeAt(partial, (int) Math.min(options.overlap(), partial)));
        }
    }

    @Property
    void versionsThatDifferHaveOtherNames(@ForAll("versions") Fingerprint one, @ForAll("versions") Fingerprint other) {
        assertThat(one.hash()).matches("[0-9a-f]{16}").isEqualTo(copy(one).hash());
        assertThat(one.equals(other)).isEqualTo(one.hash().equals(other.hash()));
        assertThat(copy(one)).isEqualTo(one).hasSameHashCodeAs(one);
        if (!one.equals(other)) {
            assertThat(one.difference(other)).isNotBlank();
        }
    }

    private static Fingerprint copy(Fingerprint of) {
        return new Fingerprint(of.place(), of.path(), of.size(), of.modified(), of.unique(), !of.settled());
    }

    @Property
    void proofTakesASizeAndASettledTime(@ForAll("versions") Fingerprint version) {
        if (version.isProof()) {
            assertThat(version.size()).isNotNegative();
            assertThat(version.modified() != null || version.unique() != null).isTrue();
            assertThat(version.modified() == null || version.settled()).isTrue();
        }
    }

    @Provide
    Arbitrary<String> names() {
        return Arbitraries.strings()
                .all()
                .excludeChars('/', '\\', '\uFFFD')
                .ofMinLength(1)
                .ofMaxLength(255)
                .filter(name ->
                        name.codePoints().noneMatch(c -> c < ' ' || c == 0x7f || Character.isSurrogate((char) c)))
                .filter(name -> !name.equals(".") && !name.equals(".."))
                .filter(name -> name.getBytes(StandardCharsets.UTF_8).length <= 255);
    }

    @Property
    void partialsLieInsideTheWorkDirectoryAndFitInANameOf255Bytes(
            @ForAll("names") String name, @ForAll("versions") Fingerprint version, @ForAll boolean perVersion) {
        Path work = Path.of("/work");
        LocalTarget target = perVersion
                ? LocalTarget.inWorkDirectory(work, name, ".ferry-part")
                : LocalTarget.file(work.resolve("dir"), ".ferry-part", true);
        Path partial = target.partial(version);
        assertThat(partial.normalize()).isEqualTo(partial);
        assertThat(partial.startsWith(work)).isTrue();
        String last = partial.getFileName().toString();
        assertThat(last).endsWith(".ferry-part");
        assertThat(last.getBytes(StandardCharsets.UTF_8).length).isLessThanOrEqualTo(255);
        assertThat(partial).isNotEqualTo(target.published(version));
        assertThat(partial.toString()).contains(version.hash());
    }

    @Property
    void whatLeavesADirectoryIsRefused(@ForAll @NotBlank @StringLength(max = 20) String before) {
        for (String hostile : new String[] {"/", "\n", "\r", "\0", "\u007f", "\t"}) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> LocalTarget.checkName(before + hostile + "x"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
