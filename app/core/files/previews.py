"""Previews of attachments are made here: small pictures from large ones, and texts of whatever encoding."""

from __future__ import annotations

import io

from app.core.files.pictures import UnreadablePicture, opened_picture, require_room, upright

THUMBNAIL = (96, 96)  # pixels, twice the size shown, for sharp screens
LONGEST_TEXT = 200_000  # bytes of a text that is looked at; the rest is in the download


def thumbnail(content: bytes) -> bytes | None:
    """Return a small WebP of a picture, upright and without metadata; None where the picture cannot be opened."""
    try:
        with opened_picture(content) as picture:
            require_room(picture, content, scale=8)  # A strip may be so narrow that it is no larger.
            picture.draft("RGB", THUMBNAIL)
            small = picture.convert("RGBA") if picture.mode == "P" else picture
            small.thumbnail(THUMBNAIL)  # This comes first, because every further step would copy the whole picture.
            made = io.BytesIO()
            upright(small).convert("RGBA").save(made, "WEBP", quality=80)
            return made.getvalue()
    except UnreadablePicture:
        return None


def readable_text(content: bytes) -> str:
    """Return the beginning of a text as people wrote it: UTF-8, else the encoding of Chinese Windows."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)[:LONGEST_TEXT]
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")[:LONGEST_TEXT]
