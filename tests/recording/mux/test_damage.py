"""Any bit of a journal may turn: what is lost lies between two anchors, and a damaged journal says so."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recording.format import HEADER_BYTES, JournalScanner, RecordKind
from recording.mux import MuxOptions, RecordingIndex, mux_call
from recording.mux.journals import journals_in
from rtc_server.tap_commands import PauseTap, ResumeTap
from tests.recording.played import record
from tests.recording.synthetic import camera, microphone

SECONDS = 12
ANCHOR_SECONDS = 10.0


@pytest.fixture(scope="module")
def whole() -> Iterator[Path]:
    """Journals of a microphone and a camera that is paused between seconds 4 and 6."""
    with TemporaryDirectory() as folder:
        tracks = {"microphone": [microphone(SECONDS, 101)], "camera": [camera(SECONDS, 101)]}
        commands = [
            (105.0, lambda host: host.control("r", PauseTap("身份证", ("camera",)))),
            (107.0, lambda host: host.control("r", ResumeTap())),
        ]
        record(Path(folder) / "whole", {"clerk": tracks}, commands)
        yield Path(folder) / "whole"


def muxed_after(whole: Path, name: str, damage: bytes) -> RecordingIndex:
    with TemporaryDirectory() as folder:
        journals, output = Path(folder) / "journals", Path(folder) / "out"
        shutil.copytree(whole, journals)
        output.mkdir()
        (journals / name).write_bytes(damage)
        return mux_call(journals, output, MuxOptions("c1"), lambda done: None)


def check(whole: Path, name: str, position: int, bit: int) -> None:
    data = bytearray((whole / name).read_bytes())
    data[position] ^= 1 << bit
    index = muxed_after(whole, name, bytes(data))
    assert sum(bool(note.damaged_bytes) for note in index.journals) == 1
    (segment,) = index.segments
    assert (segment.has_audio, segment.has_video) == (True, True)
    assert segment.duration_ms > (SECONDS - ANCHOR_SECONDS) * 1000
    assert segment.start_ms == pytest.approx(1_700_000_101_000, abs=ANCHOR_SECONDS * 1000)
    paused = sum(gap.duration_ms for gap in index.gaps if gap.reason == "身份证")
    assert paused <= ANCHOR_SECONDS * 1000


@pytest.mark.parametrize("name", ["clerk.0001.camera.journal", "clerk.0001.microphone.journal"])
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_flipped_bit_anywhere_costs_little(whole: Path, name: str, data: st.DataObject) -> None:
    size = (whole / name).stat().st_size - 40  # the end of the last record is torn rather than damaged
    check(whole, name, data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 7)))


@pytest.mark.parametrize("kind", [kind for kind in RecordKind if kind != RecordKind.END])
def test_a_flipped_bit_in_a_record_of_each_kind_costs_little(whole: Path, kind: RecordKind) -> None:
    name = "clerk.0001.camera.journal"
    position = 0
    for record_ in [*JournalScanner().feed((whole / name).read_bytes())]:
        if record_.kind == kind:
            break
        position += HEADER_BYTES + len(record_.payload)
    check(whole, name, position + HEADER_BYTES - 1, 3)


def test_a_journal_that_does_not_say_what_it_is_is_said_and_kept(whole: Path) -> None:
    name = "clerk.0001.camera.journal"
    data = (whole / name).read_bytes()
    scanner = JournalScanner()
    rest = b""
    for record_ in scanner.feed(data):
        size = HEADER_BYTES + len(record_.payload)
        rest += b"\0" * size if record_.kind == RecordKind.DESCRIPTION else data[len(rest) : len(rest) + size]
    index = muxed_after(whole, name, rest)
    assert {note.name: note.damaged_bytes for note in index.journals} == {
        name: len(rest),
        "clerk.0001.microphone.journal": 0,
    }
    (gap,) = [gap for gap in index.gaps if gap.reason == "damaged"]
    assert (gap.lane, gap.track) == ("clerk", "camera")
    assert gap.duration_ms == pytest.approx(SECONDS * 1000, abs=300)


def test_a_torn_end_is_no_damage_to_keep_a_journal_for(whole: Path) -> None:
    name = "clerk.0001.microphone.journal"
    data = (whole / name).read_bytes()
    for cut in (1, 5, 40, 200):
        index = muxed_after(whole, name, data[:-cut])
        assert [note.damaged_bytes for note in index.journals] == [0, 0]
        assert index.segments[0].duration_ms == pytest.approx(SECONDS * 1000, abs=150)


def test_a_journal_cut_anywhere_is_read_up_to_there(whole: Path, tmp_path: Path) -> None:
    name = "clerk.0001.camera.journal"
    data = (whole / name).read_bytes()
    last = 0
    for cut in sorted({*range(2000), *range(2000, len(data), len(data) // 48)}):
        (tmp_path / name).write_bytes(data[:cut])
        (journal,) = journals_in(tmp_path)
        found = journal.examine(lambda size: None)
        assert found.damaged_bytes == 0
        packets = found.survey.packets if found.survey is not None else 0
        assert packets >= last
        last = packets
