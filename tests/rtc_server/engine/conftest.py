"""Every engine there is runs the whole contract."""

from typing import Final

import pytest

from rtc_server.sfu.engine import Engine
from rtc_server.sfu.python_engine import PythonEngine

ENGINES: Final[dict[str, type[Engine]]] = {"python": PythonEngine}


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    return ENGINES[request.param]()
