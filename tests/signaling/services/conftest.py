"""Fixtures of the services' tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.signaling.services.fakes import House, demo_house
from tests.signaling.services.stage import Stage, in_call
from tests.support import databases


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A demo server in virtual time."""
    async with demo_house(tmp_path) as opened:
        yield opened


@pytest.fixture(autouse=True)
def database_kind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the houses of a test stand on SQLite, and of the same test once more on PostgreSQL."""
    postgres = getattr(request, "param", "sqlite") == "postgresql"
    with databases.on(request.getfixturevalue("postgres") if postgres else None):
        yield


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what may open a house on both kinds of database."""
    if {"house", "tmp_path"} & set(metafunc.fixturenames):
        metafunc.parametrize("database_kind", databases.KINDS, indirect=True)


@pytest.fixture
async def stage(house: House) -> Stage:
    """A connected call: a clerk and a specialist, both joined."""
    return await in_call(house)
