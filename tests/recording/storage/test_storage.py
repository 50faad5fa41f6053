"""One suite over every storage backend; a backend without a case here fails."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from recording.errors import InvalidNameError, MissingError
from recording.storage import BACKENDS, Storage, StorageSettings, open_storage
from recording.storage.partial import open_partial

URLS: dict[str, Callable[[Path], str]] = {"file": lambda directory: (directory / "a b" / "store").as_uri()}

CONTENT = bytes(range(256)) * 4096
CHUNK = 100_000


def test_every_backend_has_a_case() -> None:
    assert set(URLS) == set(BACKENDS)


@pytest.fixture(params=list(URLS))
async def storage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(StorageSettings(URLS[request.param](tmp_path), chunk_bytes=CHUNK)) as opened:
        yield opened


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


async def read(storage: Storage, key: str, start: int, length: int) -> bytes:
    return b"".join([chunk async for chunk in storage.read(key, start, length)])


async def test_put_stat_and_read_ranges(storage: Storage, source: Path) -> None:
    content = CONTENT
    stored = await storage.put_file("c1/a.0001.webm", source)
    assert (stored.key, stored.size) == ("c1/a.0001.webm", len(content))
    assert await storage.stat("c1/a.0001.webm") == stored
    for start, length in ((0, len(content)), (1, 1), (300_000, 400_000), (len(content) - 3, 3)):
        assert await read(storage, "c1/a.0001.webm", start, length) == content[start : start + length]
    assert await read(storage, "c1/a.0001.webm", len(content) - 3, 99) == content[-3:]


async def test_put_replaces_the_whole_object(storage: Storage, source: Path, tmp_path: Path) -> None:
    await storage.put_file("c1/a", source)
    shorter = tmp_path / "shorter"
    shorter.write_bytes(b"new")
    await storage.put_file("c1/a", shorter)
    assert await read(storage, "c1/a", 0, 100) == b"new"
    assert (await storage.put("c1/a", b"newer")).size == 5
    assert await read(storage, "c1/a", 0, 100) == b"newer"


async def test_bytes_come_back_as_they_were_put(storage: Storage) -> None:
    stored = await storage.put("c1/still.jpg", CONTENT)
    assert await storage.stat("c1/still.jpg") == stored
    assert await read(storage, "c1/still.jpg", 0, stored.size) == CONTENT


async def test_ranges_are_read_in_chunks(storage: Storage) -> None:
    await storage.put("c1/a", CONTENT)
    sizes = [len(chunk) async for chunk in storage.read("c1/a", 0, len(CONTENT))]
    assert max(sizes) == CHUNK


async def test_what_is_stored_is_there_when_the_storage_is_opened_again(tmp_path: Path) -> None:
    for url in (make(tmp_path) for make in URLS.values()):
        async with open_storage(StorageSettings(url)) as storage:
            await storage.put("c1/a", b"kept")
        async with open_storage(StorageSettings(url)) as storage:
            assert await read(storage, "c1/a", 0, 4) == b"kept"


async def test_missing_objects(storage: Storage) -> None:
    with pytest.raises(MissingError):
        await storage.stat("c1/none")
    with pytest.raises(MissingError):
        await read(storage, "c1/none", 0, 1)
    await storage.delete("c1/none")
    await storage.delete_call("c1")


async def test_delete_one_and_a_whole_call(storage: Storage, tmp_path: Path) -> None:
    for key in ("c1/a", "c1/b", "c2/a"):
        path = tmp_path / "x"
        path.write_bytes(b"x")
        await storage.put_file(key, path)
    await storage.delete("c1/a")
    with pytest.raises(MissingError):
        await storage.stat("c1/a")
    await storage.delete_call("c1")
    with pytest.raises(MissingError):
        await storage.stat("c1/b")
    assert (await storage.stat("c2/a")).size == 1


@pytest.mark.parametrize("key", ["a", "../a", "c1/../x", "c1/.hidden", "/etc/passwd", "c1/a/b", "c1/", ""])
async def test_other_keys_are_refused(storage: Storage, source: Path, key: str) -> None:
    with pytest.raises(InvalidNameError):
        await storage.put_file(key, source)
    with pytest.raises(InvalidNameError):
        await storage.put(key, b"x")
    with pytest.raises(InvalidNameError):
        await storage.stat(key)
    with pytest.raises(InvalidNameError):
        await read(storage, key, 0, 1)


@pytest.mark.parametrize("url", ["ftp://x/y", "file:relative", "file://host/dir", "nothing"])
async def test_unknown_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidNameError):
        async with open_storage(StorageSettings(url)):
            pass


WRITER = """
import asyncio, sys
from pathlib import Path
from recording.storage.partial import open_partial

with open_partial(Path(sys.argv[1])) as (path, file):
    file.write(b"half")
    file.flush()
    print(path, flush=True)
    sys.stdin.read()
"""


async def test_what_a_killed_writer_left_goes_and_what_another_writes_stays(tmp_path: Path) -> None:
    command = (sys.executable, "-c", WRITER, str(tmp_path))
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        await asyncio.create_subprocess_exec(
            *command, env=environment, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    paths = []
    for writer in writers:
        assert writer.stdout is not None
        paths.append(Path((await writer.stdout.readline()).decode().strip()))
    writers[0].kill()
    await writers[0].wait()
    async with open_storage(StorageSettings(tmp_path.as_uri())):
        assert [path.exists() for path in paths] == [False, True]
    writers[1].kill()
    await writers[1].wait()
    async with open_storage(StorageSettings(tmp_path.as_uri())):
        assert [path.exists() for path in (*paths, tmp_path / ".partial")] == [False, False, False]


def test_two_writers_of_whom_one_is_done_just_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is there when the other is to make it, and gone when they look what is there."""
    make = os.mkdir
    there = iter([True, False])

    def mkdir(path: Path, mode: int = 0o777) -> None:
        if next(there, False):
            raise FileExistsError(path)
        make(path, mode)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with open_partial(tmp_path) as (path, file):
        file.write(b"whole")
        path.rename(tmp_path / "whole")
    assert (tmp_path / "whole").read_bytes() == b"whole"
    assert not (tmp_path / ".partial").exists()
