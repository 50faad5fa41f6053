"""A backup is made beside a running service, and a service starts from it with everything it had."""

import asyncio
from pathlib import Path

import pytest

from signaling.__main__ import main
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.compose.administration import AdministrationError, create_administrator, opened
from signaling.compose.audit import audit_store
from signaling.compose.backup import backup
from signaling.config import Settings, load, load_secrets
from signaling.domain.directory_data import DirectoryChange
from signaling.domain.regions import Region, RegionLevel


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    """A service with an administrator, a secret, a recording, a still and a socket."""
    settings = load({"data_dir": tmp_path / "data"})
    await create_administrator(settings, "root", "张三", None)
    load_secrets(settings)
    for name in ("recordings/call/lane.mp4", "journals/live/track.journal", "run/media-0.sock", "x.part"):
        file = settings.data_dir / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(name.encode())
    return settings


async def test_a_service_starts_from_its_backup_with_all_it_had(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as running:
        writing = SqlDirectoryStore(running)

        async def go_on_writing() -> None:
            for number in range(200):
                region = Region(f"r{number}", f"{number}", RegionLevel.COUNTY, None)
                await writing.apply(DirectoryChange(regions=(region,)))

        busy = asyncio.create_task(go_on_writing())
        assert await asyncio.to_thread(backup, settings, tmp_path / "copy") == []
        await busy
    restored = load({"data_dir": tmp_path / "copy"})
    async with opened(restored) as database:
        data = await SqlDirectoryStore(database).load()
        (person,) = data.staff
        assert person.username == "root"
        assert await SqlAccountStore(database).credential(person.staff_id) is not None
        assert (await audit_store(restored, database).check()).broken_at is None
        assert data.revision == 1 + len(data.regions), "as of one moment"
    assert load_secrets(restored) == load_secrets(settings), "who is signed in stays so"
    assert (tmp_path / "copy/recordings/call/lane.mp4").read_bytes() == b"recordings/call/lane.mp4"
    assert (tmp_path / "copy/journals/live/track.journal").is_file()
    assert not (tmp_path / "copy/run").exists()
    assert not (tmp_path / "copy/x.part").exists()
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700


async def test_what_would_harm_or_mislead_is_refused(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(AdministrationError, match="there already"):
        backup(settings, tmp_path)
    with pytest.raises(AdministrationError, match=r"in .* itself"):
        backup(settings, settings.data_dir / "copy")
    with pytest.raises(AdministrationError, match="There is no"):
        backup(load({"data_dir": tmp_path / "nothing"}), tmp_path / "copy")


def test_what_lies_elsewhere_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").mkdir()
    given = ["--data-dir", str(tmp_path / "data"), "--database-url", "postgresql+asyncpg://x/y"]
    assert main(["admin", "backup", str(tmp_path / "copy"), *given]) == 0
    assert "pg_dump" in capsys.readouterr().out
