"""HTML is set as PDF. This needs nothing of the product, so that a child process has it loaded quickly."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.core.cache.per_process import cached_per_process

At = Callable[[int, int], None]
_PAGE = re.compile(r"Creating layout - Page (\d+)")


class FetchRefused(ValueError):
    """This error says that a document asked for something outside itself."""


def refuse_fetch(url: str, *_args: Any, **_options: Any) -> Any:
    """Refuse to fetch anything. Printed pages carry all they need; nothing is read from the net or from the disk."""
    raise FetchRefused(url)


@cached_per_process()
def _shared() -> tuple[Any, Any]:
    """Return WeasyPrint's modules and fonts, loaded for the first document only, because that takes a while."""
    import weasyprint
    from PIL import ImageFile
    from weasyprint.text.fonts import FontConfiguration

    # WeasyPrint lets Pillow load truncated pictures in the whole process; an uploaded picture has to be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint, FontConfiguration()


@cached_per_process(most=4)
def _parsed(style: str) -> Any:
    """Return a style sheet, parsed once."""
    weasyprint, fonts = _shared()
    return weasyprint.CSS(string=style, font_config=fonts, url_fetcher=refuse_fetch)


def set_pdf(html: str, style: str, pages: int, *, at: At | None = None) -> bytes:
    """Return the PDF of an HTML page under a style sheet. A process sets one document at a time.

    pages  about how many there will be
    at     is called for each page that is laid out
    """
    weasyprint, fonts = _shared()
    with _watched(at, pages):
        document = weasyprint.HTML(string=html, url_fetcher=refuse_fetch)
        pdf: bytes = document.write_pdf(stylesheets=[_parsed(style)], font_config=fonts)
        return pdf


class _Listener(logging.Handler):
    """WeasyPrint names each page in its log as it lays it out; this passes it on."""

    def __init__(self, at: At, pages: int) -> None:
        super().__init__(logging.INFO)
        self.at, self.pages = at, pages

    def emit(self, record: logging.LogRecord) -> None:
        if found := _PAGE.search(record.getMessage()):
            page = int(found[1])
            self.at(page, max(self.pages, page))


@contextmanager
def _watched(at: At | None, pages: int) -> Iterator[None]:
    """Tell the pages as they are laid out."""
    if at is None:
        yield
        return
    said, listener = logging.getLogger("weasyprint.progress"), _Listener(at, pages)
    said.setLevel(logging.INFO)
    said.addHandler(listener)
    try:
        yield
    finally:
        said.removeHandler(listener)
