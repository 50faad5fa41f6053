"""Which Chromium the tests start: Debian's, as somebody who is not root has it."""

from pathlib import Path
from typing import Final

CHROMIUM: Final = str(Path(__file__).with_name("chromium"))
