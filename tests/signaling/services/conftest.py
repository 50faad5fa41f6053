"""Fixtures of the services' tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.signaling.services.fakes import House, demo_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A demo server in virtual time."""
    async with demo_house(tmp_path) as opened:
        yield opened
