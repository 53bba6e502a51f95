"""Previews of attachments: small pictures made anew from the large ones, texts in whatever encoding they came."""

from __future__ import annotations

import io
import threading
import warnings

from PIL import Image, ImageOps

THUMBNAIL = (96, 96)  # pixels: twice what is shown, for sharp screens
MOST_PIXELS = 60_000_000  # a photograph of more is not opened: it is read at an eighth of its size
MOST_WHOLE = 40_000_000  # of pictures that have to be unpacked as they are; four bytes each
LONGEST_TEXT = 200_000  # bytes of a text that is looked at; the rest is in the download
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_one_at_a_time = threading.Lock()  # a small file may unpack to hundreds of megabytes


def thumbnail(content: bytes) -> bytes | None:
    """A small WebP of a picture, upright and without what cameras write into it; None where it cannot be opened."""
    try:
        with _one_at_a_time, warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                most = MOST_PIXELS if picture.format == "JPEG" else MOST_WHOLE
                if picture.width * picture.height > most:
                    return None
                picture.draft("RGB", THUMBNAIL)
                small = picture.convert("RGBA") if picture.mode == "P" else picture
                small.thumbnail(THUMBNAIL)  # first of all: every further step would copy the whole
                upright = ImageOps.exif_transpose(small).convert("RGBA")
                made = io.BytesIO()
                upright.save(made, "WEBP", quality=80)
                return made.getvalue()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None


def readable(content: bytes) -> str:
    """The beginning of a text as people wrote it: UTF-8, else the encoding of Chinese Windows."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)[:LONGEST_TEXT]
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")[:LONGEST_TEXT]
