"""The contract documents: what code cites of them is there, and their figures are the code's."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from recording.assemble.frames import MAX_PICTURE_SIDE
from recording.assemble.plan import JOIN_SECONDS
from recording.assemble.reorder import MAX_WAITING, PATIENCE
from recording.assemble.survey import JUMP_CONFIRMED_AFTER, JUMP_SECONDS
from recording.config import TapSettings
from rtc_server.config import MediaConfig, MediaLimits
from rtc_server.net.tcp import ACCEPT_TIMEOUT
from rtc_server.protocol import keyframe, nack, pacer, rtx_cache, transport_wide
from rtc_server.protocol.byte_budget import SAVED_S
from rtc_server.protocol.estimate import probe
from rtc_server.protocol.estimate.aimd import APPLICATION_FACTOR, BETA, GROWTH_PER_S
from rtc_server.protocol.estimate.estimator import FILLED, INITIAL_BPS, STALE_S
from rtc_server.protocol.estimate.feedback import READS_PER_PACKET
from rtc_server.protocol.estimate.history import CAPACITY
from rtc_server.protocol.estimate.probe_cluster import DURATION_S
from rtc_server.server.transport_json import MAX_FINGERPRINTS
from rtc_server.sfu.outbox import MAX_WAITING_BYTES
from rtc_server.sfu.parameters.producer import MAX_ENCODINGS
from rtc_server.wire.rtp import PADDING

ROOT = Path(__file__).resolve().parents[2]
CODE = (
    *("rtc_server", "signaling", "recording", "turn", "tests"),
    *("web_client/src", "web_client/tests", "web_client/helper"),
)
SUFFIXES = {".py", ".ts", ".vue", ".mjs", ".css"}
DOCUMENTS = ("MEDIA_CONTRACT", "RECORDING")
_POINTS = r"[A-I]\b|\d+(?:\s*–\s*\d+)?(?:\s*(?:,|and)\s*\d+(?:\s*–\s*\d+)?)*"
_CITATION = re.compile(rf"\b({'|'.join(DOCUMENTS)})\s+({_POINTS})")
_OTHER_PAPERS = re.compile(r"\b(?:PRODUCT|ARCHITECTURE|DESIGN|STYLE)\.md\b")


def sources() -> Iterator[Path]:
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in SUFFIXES and not {"node_modules", "dist"} & set(path.parts):
                yield path


def points(document: str) -> list[str]:
    """Return the letters and numbers of a document, in its order."""
    text = (ROOT / "docs" / f"{document}.md").read_text()
    return re.findall(r"^(?:## )?([A-I]|\d+)\. ", text, re.MULTILINE)


def cited() -> Iterator[tuple[Path, str, str]]:
    """Yield where which point of which document is cited."""
    for path in sources():
        text = re.sub(r"\s*\n\s*(?:#|//|\*)?\s*", " ", path.read_text())
        for document, found in _CITATION.findall(text):
            for part in re.split(r",|and", found):
                first, _, last = (word.strip() for word in part.partition("–"))
                if last:
                    yield from ((path, document, str(number)) for number in range(int(first), int(last) + 1))
                else:
                    yield path, document, first


@pytest.mark.parametrize("document", DOCUMENTS)
def test_points_count_up_without_gaps(document: str) -> None:
    found = points(document)
    numbers = [int(point) for point in found if point.isdigit()]
    letters = [point for point in found if point.isalpha()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert letters[0] == "A"
    assert all(ord(after) == ord(before) + 1 for before, after in pairwise(letters))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_point_that_code_cites_exists(document: str) -> None:
    known = set(points(document))
    citations = [(path, point) for path, name, point in cited() if name == document]
    assert citations, "nothing is cited: the test looks in the wrong place"
    missing = [f"{path.relative_to(ROOT)}: {point}" for path, point in citations if point not in known]
    assert missing == []


LIMITS, TAP = MediaLimits(), TapSettings()
FIGURES = [
    ("MEDIA_CONTRACT", 11, f"sizes {LIMITS.max_sctp_message_bytes:,}"),
    ("MEDIA_CONTRACT", 13, f"at most {MAX_FINGERPRINTS} are taken"),
    ("MEDIA_CONTRACT", 18, f"At most {LIMITS.max_tuples_per_transport} paths"),
    ("MEDIA_CONTRACT", 19, f"Consent lasts {LIMITS.consent_timeout_s:.0f} s"),
    ("MEDIA_CONTRACT", 20, f"bounded ({LIMITS.max_tcp_backlog_bytes >> 10} KiB)"),
    ("MEDIA_CONTRACT", 20, f"closed after {ACCEPT_TIMEOUT:.0f} s"),
    ("MEDIA_CONTRACT", 21, f"nothing longer than {LIMITS.max_datagram_bytes:,} bytes"),
    ("MEDIA_CONTRACT", 21, f"no more than {LIMITS.max_ssrcs_per_transport} SSRCs"),
    ("MEDIA_CONTRACT", 27, f"at most {MAX_ENCODINGS} encodings"),
    ("MEDIA_CONTRACT", 30, f"after {nack.FIRST_DELAY_S * 1000:.0f} ms, at most {nack.MAX_RETRIES} times"),
    ("MEDIA_CONTRACT", 30, f"at most {nack.MAX_AGE_S:.0f} s or {nack.MAX_AGE_TRIPS:.0f} round trips"),
    ("MEDIA_CONTRACT", 30, f"at most {nack.MAX_PENDING} holes"),
    ("MEDIA_CONTRACT", 32, f"every {transport_wide.INTERVAL_S * 1000:.0f} ms"),
    ("MEDIA_CONTRACT", 40, f"{LIMITS.rtx_cache_s:.0f} s and {LIMITS.rtx_cache_packets} packets"),
    ("MEDIA_CONTRACT", 40, f"at most {rtx_cache.MAX_RESENDS} repeats"),
    (
        "MEDIA_CONTRACT",
        41,
        f"repeated after {keyframe.RETRY_AFTER_S:.0f}, {2 * keyframe.RETRY_AFTER_S:.0f}, "
        f"then {keyframe.LONGEST_S:.0f} s",
    ),
    (
        "MEDIA_CONTRACT",
        41,
        f"as long after a key frame as it took to arrive ({keyframe.LONGEST_S:.0f} s at most)",
    ),
    ("MEDIA_CONTRACT", 41, f"at most one in {keyframe.MIN_INTERVAL_S} s"),
    ("MEDIA_CONTRACT", 50, f"{LIMITS.max_sctp_messages_per_s} messages/s"),
    ("MEDIA_CONTRACT", 50, f"{LIMITS.max_sctp_bytes_per_s >> 10} KiB/s"),
    ("MEDIA_CONTRACT", 50, f"{LIMITS.max_sctp_held_chunks} chunks held"),
    ("MEDIA_CONTRACT", 50, f"at most {LIMITS.max_sctp_buffered_bytes >> 20} MiB is queued"),
    ("MEDIA_CONTRACT", 56, f"last {CAPACITY:,} numbered packets"),
    ("MEDIA_CONTRACT", 56, f"×{GROWTH_PER_S} a second"),
    ("MEDIA_CONTRACT", 56, f"{BETA} of what arrives, never above {APPLICATION_FACTOR} of what arrives"),
    ("MEDIA_CONTRACT", 56, f"begins at {INITIAL_BPS // 1000} kbit/s"),
    ("MEDIA_CONTRACT", 56, f"ends at {MediaConfig().max_downlink_bps // 1_000_000} Mbit/s"),
    ("MEDIA_CONTRACT", 56, f"no feedback for {STALE_S:.0f} s"),
    ("MEDIA_CONTRACT", 56, f"less than {FILLED:.0%} of the estimate".replace("%", " %")),
    ("MEDIA_CONTRACT", 57, f"probe of {DURATION_S * 1000:.0f} ms"),
    ("MEDIA_CONTRACT", 57, f"padding of {len(PADDING)} bytes"),
    ("MEDIA_CONTRACT", 57, f"each {probe.INTERVAL_S:.0f} s twice"),
    ("MEDIA_CONTRACT", 57, f"{probe.RECOVERY_FACTOR} of what it was, {probe.RECOVERY_S:.0f} s after"),
    ("MEDIA_CONTRACT", 57, f"within {probe.AFTER_FAILURE_S:.0f} s of one"),
    ("MEDIA_CONTRACT", 57, f"is {probe.SHARE:.0%}".replace("%", " %")),
    ("MEDIA_CONTRACT", 57, f"{probe.ALLOWANCE_BYTES // 1000} KB ahead"),
    ("MEDIA_CONTRACT", 58, f"exceeds {READS_PER_PACKET} statuses"),
    (
        "MEDIA_CONTRACT",
        58,
        f"beyond {LIMITS.max_rtcp_bytes_per_s >> 10} KiB/s (saved up for {SAVED_S:.0f} s)",
    ),
    ("MEDIA_CONTRACT", 63, f"at {pacer.FACTOR} times the estimate"),
    ("MEDIA_CONTRACT", 63, f"{pacer.THIN_FACTOR} times below {pacer.THIN_BPS // 1000} kbit/s"),
    ("MEDIA_CONTRACT", 63, f"bursts of {pacer.BURST_S * 1000:.0f} ms"),
    ("MEDIA_CONTRACT", 63, f"one waited for {pacer.LASTING_S} s"),
    ("MEDIA_CONTRACT", 63, f"at most {pacer.MAX_REPAIR_BYTES >> 10} KiB of them wait"),
    ("MEDIA_CONTRACT", 63, f"waited for {pacer.MAX_AGE_S:.0f} s, or exceeds {MAX_WAITING_BYTES >> 20} MiB"),
    ("MEDIA_CONTRACT", 63, f"or {pacer.MIN_FLIGHT_BYTES >> 10} KiB, is not acknowledged"),
    ("RECORDING", 7, f"each {TAP.anchor_interval:.0f} s"),
    ("RECORDING", 8, f"over {TAP.slow_write * 1000:.0f} ms"),
    ("RECORDING", 9, f"({TAP.min_free_bytes >> 20} MiB)"),
    ("RECORDING", 9, f"after {TAP.retry_after:.0f} s"),
    ("RECORDING", 10, f"for {TAP.stall_after:.0f} s ({TAP.start_patience:.0f} s for a new one)"),
    ("RECORDING", 11, f"each {TAP.key_frame_interval:.0f} s"),
    ("RECORDING", 15, f"within {JOIN_SECONDS:.0f} s"),
    ("RECORDING", 18, f"{PATIENCE:.0f} s younger"),
    ("RECORDING", 18, f"{MAX_WAITING:,} wait"),
    ("RECORDING", 18, f"{MAX_PICTURE_SIDE:,} pixels"),
    ("RECORDING", 24, f"more than {JUMP_SECONDS} s that stays for {JUMP_CONFIRMED_AFTER:.0f} s"),
]


@pytest.mark.parametrize(("document", "number", "says"), FIGURES)
def test_figures_are_those_of_the_code(document: str, number: int, says: str) -> None:
    text = (ROOT / "docs" / f"{document}.md").read_text()
    [point] = re.findall(rf"^{number}\. (.*?)(?=^\d+\. |^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert says in re.sub(r"\s+", " ", point)


def test_code_cites_no_paper_that_is_not_here() -> None:
    this = Path(__file__)
    found = [path for path in sources() if path != this and _OTHER_PAPERS.search(path.read_text())]
    assert found == []


def test_migrations_are_one_chain() -> None:
    files = sorted((ROOT / "signaling/adapters/sql/migrations/versions").glob("[0-9]*_*.py"))
    chain = [re.findall(r'^(?:down_)?revision.*= (?:"(\d+)"|None)', file.read_text(), re.M) for file in files]
    numbers = [f"{number:04}" for number in range(1, len(files) + 1)]
    assert chain == [[number, before] for number, before in zip(numbers, ["", *numbers], strict=False)]
