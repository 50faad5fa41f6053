"""The doctor's sentences, Chinese and English: what is wrong and what to do about it."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

Words = Mapping[str, Mapping[str, str]]

_CATALOGUE: Final = json.loads(Path(__file__).with_name("words.json").read_text(encoding="utf-8"))
HEADS: Final[Words] = MappingProxyType(_CATALOGUE["heads"])
"""Grade → language → headline."""
SENTENCES: Final[Words] = MappingProxyType(_CATALOGUE["sentences"])
"""Code → language → sentence with blanks."""
