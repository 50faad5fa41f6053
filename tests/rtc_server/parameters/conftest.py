"""The oracle and the recorded clients."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rtc_server.parameters.oracle import Oracle

CLIENTS = {
    path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "clients").glob("*.json")
}


@pytest.fixture(scope="package")
def oracle() -> Iterator[Oracle]:
    with Oracle() as process:
        yield process


@pytest.fixture(params=sorted(CLIENTS))
def client(request: pytest.FixtureRequest) -> Any:
    """What one real client sent: `recvRtpCapabilities` and `produced`."""
    return CLIENTS[request.param]
