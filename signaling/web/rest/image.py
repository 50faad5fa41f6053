"""What a picture is: its format and size by its own bytes, and whether all of it can be shown.

Pillow decodes it, JPEG at an eighth of its size: every byte is read, little is kept. A picture is refused by
its header alone when it says to have more pixels than any camera here: a few bytes can promise 1.6 GB.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from PIL import Image

MOST_PIXELS: Final = 32_000_000
"""Document cameras have up to 20 million; decoded, that is 128 MB for a moment."""
_FORMATS: Final = {"JPEG": "image/jpeg", "PNG": "image/png"}
_REDUCED: Final = 8


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """Media type and size in pixels."""

    media_type: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.width * self.height


def image_header(data: bytes) -> ImageHeader | None:
    """Return what the header of a file says, None when it is no JPEG or PNG."""
    try:
        with _opened(data) as picture:
            return ImageHeader(_FORMATS[str(picture.format)], *picture.size)
    except Exception:  # whatever a decoder stumbles over: it is no picture
        return None


def is_whole(data: bytes) -> bool:
    """Return whether a picture of at most `MOST_PIXELS` can be decoded to its end; for a thread."""
    try:
        with _opened(data) as picture:
            if picture.format == "JPEG":
                picture.draft("L", (picture.width // _REDUCED, picture.height // _REDUCED))
            picture.load()
            return True
    except Exception:  # as above
        return False


def _opened(data: bytes) -> Image.Image:
    """Open without Pillow's own bound, which warns where ours decides."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        return Image.open(BytesIO(data), formats=list(_FORMATS))
