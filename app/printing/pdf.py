"""HTML becomes PDF here; fonts, style sheet and fetcher are shared by every document. spec.md §8."""

from __future__ import annotations

import threading
from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from PIL import ImageFile

from app.core.cache.per_process import cached_per_process

_one_at_a_time = threading.Lock()  # a font configuration must not be used by two threads at once


class FetchRefused(ValueError):
    """This error says that a document asked for something outside itself."""


def refuse_fetch(url: str, *_args: Any, **_options: Any) -> Any:
    """Refuse to fetch anything. Printed pages carry all they need; nothing is read from the net or from the disk."""
    raise FetchRefused(url)


@cached_per_process()
def _shared() -> tuple[Any, Any]:
    """Return WeasyPrint's modules and fonts, loaded for the first document only, because that takes seconds."""
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    # WeasyPrint lets Pillow load truncated pictures in the whole process; an uploaded picture has to be whole.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    return weasyprint, FontConfiguration()


@cached_per_process()
def _style(page_text: str) -> Any:
    """Return the print style sheet, parsed once; the words around the page numbers come with the language."""
    weasyprint, fonts = _shared()
    return weasyprint.CSS(
        string=render_template("printing/print.css", page_content=page_text),
        font_config=fonts,
        url_fetcher=refuse_fetch,
    )


def page_content(text: str) -> str:
    """Return `第 {page} 页` as the value of a CSS `content`: its words quoted, its places turned into counters."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
    return quoted.replace("{pages}", '" counter(pages) "').replace("{page}", '" counter(page) "')


def render_pdf(template: str, **values: Any) -> bytes:
    """Return a PDF of one template, always in Chinese: it is the other side's paper, not this person's screen."""
    with force_locale("zh"), _one_at_a_time:
        weasyprint, fonts = _shared()
        footer = _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}")
        html = render_template(template, **values)
        document = weasyprint.HTML(string=html, url_fetcher=refuse_fetch)
        pdf: bytes = document.write_pdf(stylesheets=[_style(page_content(footer))], font_config=fonts)
        return pdf
