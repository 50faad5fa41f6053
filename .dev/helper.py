"""Pack the counter PC's program; needs nothing but this Python, for it is standard library only."""

import sys
from collections.abc import Sequence
from pathlib import Path

from paths import ROOT
from steps import StepError


def pack(arguments: Sequence[str]) -> None:
    """Write the program into the folder told, or `build/`, and print its path and SHA-256."""
    if len(arguments) > 1 or (arguments and arguments[0].startswith("-")):
        raise StepError("./dev helper takes one folder at most.", status=2)
    sys.path.insert(0, str(ROOT))
    from web_client.helper.build import write

    path, digest = write(Path(arguments[0]) if arguments else ROOT / "build")
    print(f"{digest}  {path}")
