"""The first steps of an empty service: schema, catalogue, first administrator."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from signaling.__main__ import main
from signaling.adapters.passwords import ArgonHasher
from signaling.adapters.sql.accounts import SqlAccountStore
from signaling.adapters.sql.directory import SqlDirectoryStore
from signaling.compose.administration import (
    AdministrationError,
    create_administrator,
    disable_administrator,
    migrate_database,
    opened,
    reset_administrator,
)
from signaling.compose.county import import_county
from signaling.config import Settings, load
from signaling.domain.roles import Role
from signaling.domain.sheets.table import Sheet
from signaling.services.directory import Directory

SAMPLES = Path(__file__).parents[2] / "signaling" / "demo"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"data_dir": tmp_path / "data"})


async def import_samples(settings: Settings) -> None:
    files = {Sheet.REGIONS: SAMPLES / "regions.json", Sheet.ITEMS: SAMPLES / "items.json"}
    done = await import_county(settings, files, dry_run=False)
    assert done.plan.faults == ()


async def test_the_first_administrator_signs_in_once_with_the_printed_password(settings: Settings) -> None:
    await import_samples(settings)
    password = await create_administrator(settings, "root", "张三", None)
    async with opened(settings) as database:
        (person,) = (await SqlDirectoryStore(database).load()).staff
        credential = await SqlAccountStore(database).credential(person.staff_id)
    assert (person.username, person.name, person.region_code) == ("root", "张三", "530000")
    assert person.roles == {Role.SYSTEM_ADMINISTRATOR}
    assert person.must_change_password
    assert not person.demo
    assert credential is not None
    hasher = ArgonHasher()
    assert await hasher.verify(credential.password_hash, password)
    hasher.close()


async def test_an_administrator_of_one_county(settings: Settings) -> None:
    await import_samples(settings)
    await create_administrator(settings, "gongshan", "李四", "533324")
    async with opened(settings) as database:
        (person,) = (await SqlDirectoryStore(database).load()).staff
    assert person.region_code == "533324"


async def test_every_administrator_is_made_reset_and_disabled_at_the_terminal(settings: Settings) -> None:
    await import_samples(settings)
    for role in ("system_administrator", "security_administrator", "audit_administrator"):
        first = await create_administrator(settings, role, "张三", None, Role(role))
        second = await reset_administrator(settings, role)
        assert second != first
        async with opened(settings) as database:
            people = {one.username: one for one in (await SqlDirectoryStore(database).load()).staff}
            before = await SqlAccountStore(database).credential(people[role].staff_id)
        assert people[role].roles == {Role(role)}
        assert people[role].must_change_password
        await disable_administrator(settings, role)
        async with opened(settings) as database:
            people = {one.username: one for one in (await SqlDirectoryStore(database).load()).staff}
            after = await SqlAccountStore(database).credential(people[role].staff_id)
        assert not people[role].enabled
        assert before != after, "the password goes at once, also for a running service"
    with pytest.raises(AdministrationError, match="no administrator nobody"):
        await reset_administrator(settings, "nobody")


def test_the_audit_log_is_checked_at_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["--data-dir", str(tmp_path / "data")]
    asyncio.run(import_samples(load({"data_dir": tmp_path / "data"})))
    assert main(["admin", "create", "auditor", "--role", "audit", *given]) == 0
    assert main(["admin", "audit-check", *given]) == 0
    assert "whole: 2 entries" in capsys.readouterr().out
    with closing(sqlite3.connect(tmp_path / "data" / "bangban.db")) as database, database:
        database.execute("UPDATE audit SET document = replace(document, 'auditor', 'another')")
    assert main(["admin", "audit-check", *given]) == 1
    assert "entry 2 is not as it was written" in capsys.readouterr().out


async def test_an_administrator_of_an_empty_service_administers_all_that_comes(settings: Settings) -> None:
    await create_administrator(settings, "root", "张三", None)
    await import_samples(settings)
    async with opened(settings) as database:
        directory = Directory(await SqlDirectoryStore(database).load())
    person = directory.staff_named("root")
    assert person is not None
    assert directory.tree.covers(person.region_code, "533324204")


async def test_a_taken_name_and_an_unknown_region_are_refused(settings: Settings) -> None:
    with pytest.raises(AdministrationError, match="no region 999999"):
        await create_administrator(settings, "root", "张三", "999999")
    await import_samples(settings)
    with pytest.raises(AdministrationError, match="no region 999999"):
        await create_administrator(settings, "root", "张三", "999999")
    await create_administrator(settings, "root", "张三", None)
    with pytest.raises(AdministrationError, match="root already"):
        await create_administrator(settings, "root", "张三", None)


async def test_importing_twice_replaces(settings: Settings) -> None:
    await import_samples(settings)
    await import_samples(settings)
    async with opened(settings) as database:
        directory = await SqlDirectoryStore(database).load()
    assert len(directory.items) == len({item.code for item in directory.items}) == 86
    assert not any(item.sample for item in directory.items)


async def test_migrating_an_up_to_date_database_does_nothing(settings: Settings) -> None:
    await migrate_database(settings)
    await migrate_database(settings)
    assert (settings.data_dir / "bangban.db").is_file()
