"""What every test may use, and which tests `./dev test quick` leaves out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.support.leaks.watch import LeakWatch
from tests.support.postgres_server import Postgres, running_postgres
from tests.support.redis_server import running_redis

settings.register_profile("suite", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("suite")

SYSTEM_FIXTURES: Final = {
    "browser": "chromium",
    "chromium": "chromium",
    "firefox": "firefox-esr",
    "page": "chromium",
    "redis_url": "redis-server",
    "postgres": "postgresql",
    "postgres_url": "postgresql",
}
"""Fixtures that start a program of a Debian package; a test that uses one is marked `system` by itself."""

NOT_SYSTEM: Final = "not system"
"""What `./dev test quick` gives `-m`."""

SYSTEM_FOLDERS: Final = {"browser": "chromium"}
"""Folders of tests that need a Debian package throughout."""

STORES: Final = {"postgresql", "redis-server"}
"""Packages whose programs bear other tests beside them; those of every other package are run `alone`."""

LIVE: Final = "live"
"""Folders of tests that play media in real time: one at a time, also where other tests run two at a time."""


def pytest_configure(config: pytest.Config) -> None:
    """Fail every test that leaves something behind."""
    config.pluginmanager.register(LeakWatch(), "leaks")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test that drives programs of Debian packages, and one that plays media in real time."""
    packages = {
        SYSTEM_FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in SYSTEM_FIXTURES
    }
    folders = set(item.path.relative_to(Path(__file__).parent).parts)
    packages |= {SYSTEM_FOLDERS[part] for part in folders & SYSTEM_FOLDERS.keys()}
    if packages:
        item.add_marker(pytest.mark.system(*sorted(packages)))
    needed = {name for mark in item.iter_markers("system") for name in mark.args}
    if needed - STORES:
        item.add_marker(pytest.mark.alone)
    if LIVE in folders:
        item.add_marker(pytest.mark.xdist_group(LIVE))


@pytest.fixture(scope="session")
def redis_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a Redis server of this test run; tests use keys of their own."""
    _refuse_the_quick(request)
    with running_redis(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> Iterator[Postgres]:
    """A PostgreSQL server of this test run."""
    _refuse_the_quick(request)
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """SQLAlchemy's address of an empty PostgreSQL database of this test alone."""
    return postgres.new_database()


def _refuse_the_quick(request: pytest.FixtureRequest) -> None:
    """Fail a test that asks for a server without the mark, also where the server is: nobody would notice."""
    if request.config.getoption("markexpr") == NOT_SYSTEM:
        pytest.fail(f"a test that asks for `{request.fixturename}` is not marked `system`", pytrace=False)
