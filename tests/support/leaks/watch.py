"""The hooks that fail a test which leaves something behind in its own process.

What fixtures of a wider scope open belongs to them: it is explained from their set-up to their end, and held
against the last test that used them when it is still there afterwards.
"""

import gc
import time
from collections.abc import Generator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.support.leaks import loops
from tests.support.leaks.census import Thing, census, describe
from tests.support.leaks.objects import ObjectWatch

PATIENCE_S = 1.0
"""For threads and processes that were told to end: the kernel and the interpreter need a moment."""
BETWEEN_LOOKS_S = 0.01


class LeakWatch:
    """Take the census before and after every test; register an instance as a pytest plugin."""

    def __init__(self) -> None:
        self._before: frozenset[Thing] = frozenset()
        self._of_fixtures: dict[pytest.FixtureDef[Any], frozenset[Thing]] = {}
        self._found: list[str] = []
        self._failed = False
        self._objects = ObjectWatch()
        self._until_the_end = ExitStack()

    def pytest_sessionstart(self) -> None:
        """Begin to watch loops and objects."""
        self._until_the_end.enter_context(loops.watched(self._found.append))
        self._until_the_end.enter_context(self._objects.watching(self._found.append))

    def pytest_collection_finish(self) -> None:
        """Leave what was imported out of every later collection: looking for objects costs little then."""
        gc.collect()
        gc.freeze()

    def pytest_sessionfinish(self) -> None:
        """End the watch."""
        self._until_the_end.close()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None, None, None]:
        """Note what is open before any fixture of the test."""
        self._before = census()
        self._found.clear()
        self._failed = False
        self._objects.patched = "monkeypatch" in getattr(item, "fixturenames", ())
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
        """Note a failure: its traceback keeps objects alive."""
        self._failed |= call.excinfo is not None
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, Any, Any]:
        """Note what a fixture of a wider scope opens."""
        if fixturedef.scope == "function":
            return (yield)
        before = census()
        try:
            return (yield)
        finally:
            self._of_fixtures[fixturedef] = census() - before

    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[Any]) -> None:
        """A fixture has ended: nothing of it may stay."""
        self._of_fixtures.pop(fixturedef, None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, None, None]:
        """Fail the test when more is open than before it, once its fixtures have ended."""
        yield
        found = [*self._found, *map(describe, self._left()), *self._objects.left(look=not self._failed)]
        if found:
            pytest.fail(f"{item.nodeid} left behind:\n  " + "\n  ".join(found), pytrace=False)

    def _left(self) -> list[Thing]:
        known = self._before.union(*self._of_fixtures.values())
        end = time.monotonic() + PATIENCE_S
        while left := census() - known:
            if time.monotonic() > end:
                break
            gc.collect()  # SQLAlchemy only stops a connection whose query was cancelled: collecting closes it
            time.sleep(BETWEEN_LOOKS_S)
        return sorted(left)
