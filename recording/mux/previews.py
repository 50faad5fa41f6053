"""What the review page shows before anything plays: thumbnails and a loudness curve."""

import json
import math
from array import array
from operator import mul
from pathlib import Path
from typing import Any, Final

import av

THUMBNAIL_WIDTH: Final = 240
LOUDNESS_STEP_MS: Final = 100
SILENT_DB: Final = -100
_CURVE_RATE: Final = 8000
"""Loudness of speech needs no more, and it is a sixth of the work."""
_FULL_SCALE: Final = 32768.0


def write_thumbnails(media: Path, interval: float) -> list[tuple[float, Path]]:
    """Write a JPEG for each `interval` seconds of `media`; return (seconds from its start, file).

    Only key frames are decoded: a few milliseconds each.
    """
    written: list[tuple[float, Path]] = []
    due = 0.0
    with av.open(str(media)) as source:
        stream = source.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        stream.codec_context.thread_count = 1
        for packet in source.demux(stream):
            if packet.pts is None or not packet.is_keyframe or float(packet.pts * packet.time_base) < due:
                continue
            for frame in _decode(stream, packet)[:1]:
                seconds = float(packet.pts * packet.time_base)
                path = media.with_name(f"{media.stem}.{round(seconds * 1000):08d}.jpg")
                path.write_bytes(_jpeg(frame))
                written.append((seconds, path))
                due = seconds + interval
    return written


def _decode(stream: Any, packet: Any) -> list[Any]:
    try:
        return list(stream.codec_context.decode(packet))
    except av.error.FFmpegError:
        return []


def _jpeg(frame: Any) -> bytes:
    height = max(2, round(frame.height * THUMBNAIL_WIDTH / frame.width / 2) * 2)
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = THUMBNAIL_WIDTH, height, "yuvj420p"
    encoder.options = {"qmin": "4", "qmax": "8"}
    small = frame.reformat(THUMBNAIL_WIDTH, height, "yuvj420p")
    small.pts = 0
    packets = [*encoder.encode(small), *encoder.encode(None)]
    return b"".join(bytes(packet) for packet in packets)


def write_loudness(media: Path) -> Path:
    """Write the loudness of each 100 ms of `media` as JSON; return the file.

    `{"stepMs": 100, "values": […]}`, decibels below full scale as integers, −100 for silence.
    """
    values: list[int] = []
    samples = array("h")
    step = _CURVE_RATE * LOUDNESS_STEP_MS // 1000
    resampler = av.AudioResampler(format="s16", layout="mono", rate=_CURVE_RATE)
    with av.open(str(media)) as source:
        stream = source.streams.audio[0]
        for packet in source.demux(stream):
            for decoded in _decode(stream, packet):
                for frame in resampler.resample(decoded):
                    samples.frombytes(bytes(frame.planes[0])[: frame.samples * 2])
            while len(samples) >= step:
                values.append(_decibels(samples[:step]))
                del samples[:step]
    path = media.with_name(f"{media.stem}.loudness.json")
    path.write_text(json.dumps({"stepMs": LOUDNESS_STEP_MS, "values": values}, separators=(",", ":")))
    return path


def _decibels(samples: "array[int]") -> int:
    power = sum(map(mul, samples, samples)) / len(samples)
    if power < 1.0:
        return SILENT_DB
    return max(SILENT_DB, round(20 * math.log10(math.sqrt(power) / _FULL_SCALE)))
