"""Which benchmarks there are: each module or package of this folder that has none of the prefixes below."""

import pkgutil
from pathlib import Path


def names() -> list[str]:
    """Return their names, in order; imports none of them."""
    found = pkgutil.iter_modules([str(Path(__file__).parent)])
    return sorted(module.name for module in found if not module.name.startswith(("_", "test_")))
