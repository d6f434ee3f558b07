package io.ferry.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RemoteUrlTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ftp://host | ferry-ftp | host | ''",
                "ferry-ftp://host/ | ferry-ftp | host | ''",
                "ftps://host/a | ferry-ftps | host | a",
                "ferry-ftps://me@host:990/a/b/ | ferry-ftps | host:990 | a/b",
                "ftp://host//abs/a | ferry-ftp | host | /abs/a",
                "ftp://host/%2Fabs/a | ferry-ftp | host | /abs/a",
                "ftp://host// | ferry-ftp | host | /",
                "ftp://[::1]:2121/a%20b+c | ferry-ftp | [::1]:2121 | a b+c",
                "ftp://host/50%25%3F#1 | ferry-ftp | host | 50%?#1",
            })
    void aPlaceHasASchemeAnAuthorityAndAPath(String text, String scheme, String authority, String path) {
        RemoteUrl url = RemoteUrl.of(text);
        assertThat(url.scheme()).isEqualTo(scheme);
        assertThat(url.authority()).isEqualTo(authority);
        assertThat(url.path()).isEqualTo(path);
    }

    @Test
    void theUserMayHoldAnAt() {
        assertThat(RemoteUrl.of("ftp://me%40acme@host/").user()).isEqualTo("me@acme");
        assertThat(RemoteUrl.of("ftp://me@acme@host/").user()).isEqualTo("me@acme");
        assertThat(RemoteUrl.of("ftp://host/").user()).isNull();
    }

    @Test
    void optionsStandBehindTheQuestionMark() {
        assertThat(RemoteUrl.of("ftp://host/d?a=1&b=x%26y%3D").options()).isEqualTo(Map.of("a", "1", "b", "x&y="));
    }

    @Test
    void aSlashAtTheEndMeansADirectory() {
        assertThat(RemoteUrl.of("ftp://host/d/").directory()).isTrue();
        assertThat(RemoteUrl.of("ftp://host/d").directory()).isFalse();
        assertThat(RemoteUrl.of("ftp://host").directory()).isTrue();
    }

    @Test
    void childrenLieBelow() {
        assertThat(RemoteUrl.of("ftp://host").child("a")).isEqualTo("a");
        assertThat(RemoteUrl.of("ftp://host//").child("a")).isEqualTo("/a");
        assertThat(RemoteUrl.of("ftp://host/d/").child("a")).isEqualTo("d/a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://host/a",
                "ftp:/host/a",
                "ftp:///a",
                "host/a",
                "",
                "ftp://u:sesame@host/a",
                "ftp://host/%zz",
                "ftp://host/a?b",
                "ftp://host:port/a",
            })
    void whatIsNoPlaceIsRefused(String text) {
        assertThatThrownBy(() -> RemoteUrl.of(text))
                .isInstanceOf(IllegalArgumentException.class)
                .message()
                .doesNotContain("sesame");
    }
}
