"""One form of an origin: what people type as `public_url`, and what pages and proxies send."""

import pytest

from signaling.config import SettingsError
from signaling.config.origins import parse_origin
from signaling.config.sources import load
from signaling.web.sio.engine import SameOrigin


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://help.example.gov.cn", "https://help.example.gov.cn"),
        ("HTTPS://Help.Example.GOV.cn:443/", "https://help.example.gov.cn"),
        ("http://help.example.gov.cn:80", "http://help.example.gov.cn"),
        ("https://help.example.gov.cn.:8443", "https://help.example.gov.cn:8443"),
        ("https://帮办.example.cn", "https://xn--wfrx2y.example.cn"),
        ("http://[2001:DB8:0:0::1]:8080", "http://[2001:db8::1]:8080"),
    ],
)
def test_public_url_is_written_in_one_way(written: str, meant: str) -> None:
    assert load({"public_url": written}).public_url == meant


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("https://example.cn/bangban", "cannot live below a path"),
        ("https://example.cn/?a=b", "leave out"),
        ("https://example.cn/#top", "leave out"),
        ("https://me:secret@example.cn", "user name"),
        ("example.cn", "give scheme and name"),
        ("ftp://example.cn", "give scheme and name"),
        ("https://", "give scheme and name"),
        ("https://example.cn:port", "port must be a number"),
        ("https://example.cn:70000", "port must be a number"),
        ("https://[::1", "no address"),
        ("https://a b.cn", "no host name"),
        ("https://..", "no host name"),
    ],
)
def test_an_address_that_cannot_work_is_refused_with_a_sentence(written: str, word: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load({"public_url": written})
    [sentence] = refused.value.sentences
    assert "public_url" in sentence
    assert word in sentence
    assert "secret" not in sentence


@pytest.mark.parametrize(
    ("origin", "host", "public", "let_in"),
    [
        ("https://help.example.cn", "10.0.0.1:8080", "https://help.example.cn", True),
        ("https://help.example.cn", "10.0.0.1:8080", None, False),
        ("https://help.example.cn", "HELP.example.CN:443", None, True),
        ("https://help.example.cn.", "help.example.cn.", None, True),
        ("http://[2001:db8::1]:8080", "[2001:DB8:0::1]:8080", None, True),
        ("https://xn--wfrx2y.example.cn", "proxy", "https://帮办.example.cn", True),
        ("https://help.example.cn:8443", "help.example.cn", None, False),
        ("https://help.example.cn.evil.example", "help.example.cn", None, False),
        ("null", "help.example.cn", None, False),
        ("https://help.example.cn/", "", "https://help.example.cn", True),
        ("https://help.example.cn@evil.example", "help.example.cn", None, False),
    ],
)
def test_pages_of_our_own_are_known_however_their_address_is_written(
    origin: str, host: str, public: str | None, let_in: bool
) -> None:
    assert SameOrigin(public)(origin, {"HTTP_HOST": host}) is let_in


def test_the_log_says_what_to_set_when_a_page_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    assert not SameOrigin("https://old.example.cn")("https://new.example.cn", {"HTTP_HOST": "inner:8080"})
    assert "set public_url" in caplog.text
    assert "https://new.example.cn" in caplog.text


def test_an_origin_reads_as_it_is_written() -> None:
    assert str(parse_origin("http://a.cn:8080")) == "http://a.cn:8080"
