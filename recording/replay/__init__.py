"""Replay: the manifest a page plays from, signed media addresses, byte ranges."""

from recording.replay.address import MediaSigner, Viewer
from recording.replay.manifest import Manifest, build_manifest
from recording.replay.ranges import TO_THE_END_BYTES, ByteRange, parse_range

__all__ = [
    "TO_THE_END_BYTES",
    "ByteRange",
    "Manifest",
    "MediaSigner",
    "Viewer",
    "build_manifest",
    "parse_range",
]
