"""Where things are in a checkout; every path is absolute."""

from pathlib import Path
from typing import Final

DEV: Final = Path(__file__).resolve().parent
ROOT: Final = DEV.parent
VENV: Final = ROOT / ".venv"
VENV_PYTHON: Final = VENV / "bin" / "python"
STAMPS: Final = VENV / "stamps"
WEB: Final = ROOT / "web_client"
WEB_DIST: Final = WEB / "dist"

LOCK: Final = DEV / "requirements.lock"
TEST_LOCK: Final = DEV / "requirements-test.lock"
SEARCH_LOCK: Final = DEV / "requirements-search.lock"
NODE_LOCK: Final = DEV / "requirements-node.lock"
