"""Recorded and published packets, one file a case; `source` says where each comes from."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent


def load(kind: str) -> dict[str, Any]:
    """Return every vector of a folder by name; `hex` is there as bytes under `data`."""
    vectors = {path.stem: json.loads(path.read_text()) for path in sorted((_FOLDER / kind).glob("*.json"))}
    for vector in vectors.values():
        vector["data"] = bytes.fromhex(vector["hex"])
    return vectors
