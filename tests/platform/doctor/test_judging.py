"""What the doctor makes of addresses, certificates, disks and clocks; and that each sentence can be said."""

import json
import string
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from signaling.compose.certificates import CertificateFiles, ensure_certificate
from signaling.compose.doctor import announced_addresses, certificate
from signaling.compose.doctor.machine import disk, room
from signaling.compose.doctor.report import (
    LANGUAGES,
    Finding,
    Grade,
    advice,
    as_json,
    as_text,
    fine,
    mend,
    must_mend,
)
from signaling.compose.doctor.stores import clock
from signaling.compose.doctor.words import HEADS, SENTENCES
from signaling.config import load

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOUR_BYTES = 1_500_000_000


def codes(found: list[Finding]) -> dict[str, Grade]:
    return {one.code: one.grade for one in found}


@pytest.mark.parametrize(
    ("announced", "told", "here", "expected"),
    [
        ((), ("127.0.0.1",), (), {"only_loopback": Grade.MEND}),
        ((), ("10.0.0.5", "127.0.0.1"), ("10.0.0.5",), {"only_private": Grade.ADVICE}),
        (("1.2.3.4",), ("1.2.3.4",), ("10.0.0.5",), {"announced_nat": Grade.FINE}),
        (
            ("1.2.3.4", "10.0.0.5"),
            ("1.2.3.4", "10.0.0.5"),
            ("10.0.0.5",),
            {"announced_nat": Grade.FINE, "announced_here": Grade.FINE},
        ),
        (
            ("10.9.9.9",),
            ("10.9.9.9",),
            ("10.0.0.5",),
            {"only_private": Grade.ADVICE, "private_not_here": Grade.ADVICE},
        ),
        ((), ("fd00::5",), ("fd00::5",), {"only_private": Grade.ADVICE}),
    ],
)
def test_announced_addresses_are_told_for_what_they_are(
    announced: tuple[str, ...], told: tuple[str, ...], here: tuple[str, ...], expected: dict[str, Grade]
) -> None:
    assert codes(list(announced_addresses.judge(announced, told, here))) == expected


@pytest.fixture
def files(tmp_path: Path) -> CertificateFiles:
    return ensure_certificate(tmp_path, ["10.0.0.5"], ["help.example", "*.inner.example"], now=NOW)


def judged(files: CertificateFiles, *names: str, after: timedelta = timedelta(0)) -> dict[str, Grade]:
    return codes(list(certificate.judge(files.certificate, files.key, names, NOW + after)))


def test_a_good_certificate_is_fine(files: CertificateFiles) -> None:
    assert judged(files, "help.example", "10.0.0.5", "a.inner.example") == {"certificate_fine": Grade.FINE}


@pytest.mark.parametrize(
    ("after", "code", "grade"),
    [
        (timedelta(days=398), "certificate_expired", Grade.MEND),
        (timedelta(days=380), "certificate_soon", Grade.ADVICE),
        (timedelta(days=-3), "certificate_early", Grade.MEND),
    ],
)
def test_dates(files: CertificateFiles, after: timedelta, code: str, grade: Grade) -> None:
    assert judged(files, after=after) == {code: grade}


@pytest.mark.parametrize("name", ["other.example", "10.0.0.6", "a.b.inner.example", "inner.example"])
def test_a_name_that_is_not_covered(files: CertificateFiles, name: str) -> None:
    assert judged(files, "help.example", name) == {"certificate_names": Grade.MEND}


def test_a_key_of_another_certificate(files: CertificateFiles, tmp_path: Path) -> None:
    files.key.write_bytes(ensure_certificate(tmp_path / "other", [], ["x"], now=NOW).key.read_bytes())
    assert judged(files) == {"certificate_key": Grade.MEND}


def test_a_chain_without_its_middle(files: CertificateFiles) -> None:
    leaf, end, _ = files.certificate.read_text().partition("-----END CERTIFICATE-----\n")
    files.certificate.write_text(leaf + end)
    assert judged(files) == {"certificate_chain": Grade.ADVICE}


@pytest.mark.parametrize("content", ["", "not PEM"])
def test_files_that_are_none(files: CertificateFiles, content: str) -> None:
    files.key.write_text(content)
    assert judged(files) == {"certificate_unreadable": Grade.MEND}
    files.certificate.write_text(content)
    assert judged(files) == {"certificate_unreadable": Grade.MEND}


@pytest.mark.parametrize(
    ("hours", "code", "grade"),
    [(0.9, "disk_full", Grade.MEND), (3, "disk_low", Grade.ADVICE), (30, "disk_fine", Grade.FINE)],
)
def test_room_for_recordings(tmp_path: Path, hours: float, code: str, grade: Grade) -> None:
    reserve = 1 << 30
    assert codes([room(tmp_path, int(reserve + hours * HOUR_BYTES), reserve)]) == {code: grade}


def test_a_disk_with_less_than_is_to_be_left_free_is_full(tmp_path: Path) -> None:
    settings = load({"data_dir": tmp_path, "journal_reserve_mib": 1 << 20})
    assert codes(list(disk(settings))) == {"disk_full": Grade.MEND}


def test_clocks_that_are_apart() -> None:
    assert codes([clock("Redis", 0.4)]) == {"clock_fine": Grade.FINE}
    assert codes([clock("Redis", -30.0)]) == {"clock_apart": Grade.MEND}


def test_both_languages_have_every_sentence_with_the_same_blanks() -> None:
    def blanks(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for words in (*HEADS.values(), *SENTENCES.values()):
        assert set(words) == set(LANGUAGES)
        assert blanks(words["zh-CN"]) == blanks(words["en"])


def test_the_report_begins_with_what_must_be_mended() -> None:
    found = [
        fine("redis", "redis_fine"),
        advice("clock", "clock_unsynchronised"),
        mend("redis", "redis_away"),
    ]
    lines = as_text(found, "zh-CN").splitlines()
    assert [lines[at] for at in (0, 2, 4)] == ["必须处理:", "建议处理:", "正常:"]
    assert must_mend(found)
    assert not must_mend(found[:2])
    told = json.loads(as_json(found, "en"))
    assert told["mend"] is True
    assert [row["grade"] for row in told["findings"]] == ["fine", "advice", "mend"]
