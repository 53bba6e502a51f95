"""Previews of attachments are made here: small pictures from large ones, and texts of whatever encoding."""

from __future__ import annotations

from app.core.errors import Refused
from app.core.files import child_process
from app.core.files.pictures import draw_thumbnail

LONGEST_TEXT = 200_000  # bytes of a text that is looked at; the rest is in the download


def thumbnail(content: bytes) -> bytes | None:
    """Return a small WebP of a picture, upright and without metadata; None where the picture cannot be opened.

    errors  Unavailable
    """
    try:
        with child_process.opened(draw_thumbnail, content) as answer:
            return answer.read() or None
    except Refused:
        return None


def readable_text(content: bytes) -> str:
    """Return the beginning of a text as people wrote it: UTF-8, else the encoding of Chinese Windows."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)[:LONGEST_TEXT]
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")[:LONGEST_TEXT]
