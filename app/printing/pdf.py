"""A template becomes a PDF: its HTML is made here, with all that is read, and set in a child process. spec.md §8."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import force_locale
from flask_babel import gettext as _

from app.core.jobs.children import NOW, Children, Told


def page_content(text: str) -> str:
    """Return `第 {page} 页` as the value of a CSS `content`: its words quoted, its places turned into counters."""
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
    return quoted.replace("{pages}", '" counter(pages) "').replace("{page}", '" counter(page) "')


def render_pdf(
    template: str, *, children: Children = NOW, told: Told | None = None, pages: int = 1, **values: Any
) -> bytes:
    """Return a PDF of one template, always in Chinese: it is the other side's paper, not this person's screen.

    children  the processes that set it, with their limits
    told      is called for each page, of about how many there will be (`pages`)
    errors    WorkStopped
    """
    with force_locale("zh"):
        footer = _("Page %(page)s of %(pages)s", page="{page}", pages="{pages}")
        style = render_template("printing/print.css", page_content=page_content(footer))
        html = render_template(template, **values)
    return children.run("app.core.pdf:set_pdf", html, style, pages, told=told)
