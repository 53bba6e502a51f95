"""Values are drawn on pages: money with ¥, quantities without trailing zeros, times in Shanghai, states as badges."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup, escape

from app.core.cache.per_process import cached_per_process
from app.core.db.base import model_name
from app.core.db.types import ZERO
from app.core.kinds.kind import Kind
from app.core.record.fields import Field, code_label
from app.core.record.tones import tone_of
from app.query.listing import ListColumn
from app.query.naming import display_text
from app.screens.frame.texts import catalogue
from app.screens.frame.values import quantity

_NO_DIGIT = re.compile(r"[^0-9+]")


def badge(code: enum.StrEnum | None) -> Markup:
    if code is None:
        return Markup("")
    return tag(code_label(code), tone_of(code))


@cached_per_process()
def _badge_in(_language: Any, _choices: type[Any], code: enum.StrEnum | None) -> Markup:
    """Return the badge, cached by language, choices and code, for codes of two choices may be equal texts."""
    return badge(code)


def tag(text: str, tone: str = "") -> Markup:
    return Markup(f'<span class="tag {tone}">{escape(text)}</span>')  # noqa: S704 - ours and escaped


def muted(text: str) -> Markup:
    return Markup('<span class="mut">{}</span>').format(text)


def balance(value: Decimal) -> Markup:
    """Return a quantity as markup; zero is muted and less than zero is red."""
    text = quantity(value)
    if value < 0:
        return Markup('<span class="red">{}</span>').format(text)
    return escape(text) if value else muted(text)


def dialled(text: str) -> Any:
    """Return a telephone number as a link that dials it; plain text where it is more than one number, or none."""
    digits = _NO_DIGIT.sub("", text)
    return Markup('<a href="tel:{}">{}</a>').format(digits, text) if 3 <= len(digits) <= 15 else text


def field_markup(field: Field, value: Any) -> Any:
    """Return one value of a field as text or badge; nothing for no value."""
    if value is None:
        return ""
    if field.kind.drawing == "badge":
        return badge(value)
    text = field.kind.text(value)
    return dialled(text) if field.kind.drawing == "phone" else text


def logged_text(field: Field | None, value: Any) -> str:
    """Return a value as the log keeps it (text, or a plain number), as people read it."""
    if value is None or value == "":
        return "—"
    try:
        return str(value) if field is None else field.kind.logged(value)
    except (ArithmeticError, ValueError):
        return str(value)


@cached_per_process()
def page_of(model: type[Any]) -> str:
    """Return the address all pages of a model begin with: /salesorder."""
    return "/" + model_name(model).replace("_", "")


def record_url(model: type[Any], row_id: int) -> str:
    return f"{page_of(model)}/show/{row_id}"


def link(model: type[Any], row_id: int, text: str) -> Markup:
    return _linked(page_of(model), row_id, text)


def linked_to(href: str, text: str) -> Markup:
    """Return a text that leads to a page of ours."""
    return Markup('<a class="lk" href="{}">{}</a>').format(href, text)


def _linked(page: str, row_id: int, text: str) -> Markup:
    return Markup(f'<a class="lk" href="{page}/show/{row_id}">{as_html(text)}</a>')  # noqa: S704 - ours and escaped


_SIGNS = re.compile("[&<>'\"]").search  # those that mean something in HTML


def as_html(text: Any) -> str:
    """Return a text escaped for HTML; a text without special characters is left as it is, which is faster."""
    return text if type(text) is str and not _SIGNS(text) else escape(text)


Draw = Callable[[Sequence[Any]], Any]


class Cells:
    """Draws the rows of a list from plain tuples.

    opens    model → keys whose page may be opened; a relation to any other row is plain text
    zeros    tables kept beside, where no row yet means zero
    linked   paths of columns that lead to the row itself
    """

    def __init__(
        self,
        model: type[Any],
        columns: Sequence[ListColumn],
        linked: Sequence[str],
        opens: dict[type[Any], set[int]],
        zeros: Sequence[str] = (),
    ) -> None:
        self.model = model
        self.columns = columns
        self.linked = linked
        self.opens = opens
        self.zeros = zeros
        self._draws = [self._drawer(column) for column in columns]

    def row(self, row: Sequence[Any]) -> list[Any]:
        """Return the cells of a row: markup where something is drawn, else plain text, which the caller escapes."""
        return [draw(row) for draw in self._draws]

    def _drawer(self, column: ListColumn) -> Draw:
        """Return the function that draws a column, found out once for all rows."""
        kind, field, start = column.field.kind, column.field, column.start
        if kind.drawing == "row":
            return self._related(column)
        if column.path in self.linked:
            page = page_of(self.model)
            if kind.drawing == "line":
                return lambda row: _linked(page, row[0], row[start] or "—")
            return lambda row: _linked(page, row[0], _bare(field_markup(field, row[start])) or "—")
        if kind.drawing == "figure":
            return self._figure(column)
        return _DRAWERS[kind.drawing](kind, start)

    def _related(self, column: ListColumn) -> Draw:
        start, stop, target = column.start, column.stop, column.field.kind.target
        if target is None:
            raise TypeError(f"{column.path} leads to no model")
        if column.path in self.linked:
            own = page_of(self.model)
            return lambda row: _linked(own, row[0], display_text(target, row[start + 1 : stop]))
        opened, page = self.opens.get(target, ()), page_of(target)
        if not opened:
            return lambda row: display_text(target, row[start + 1 : stop])

        def draw(row: Sequence[Any]) -> Any:
            text = display_text(target, row[start + 1 : stop])
            return _linked(page, row[start], text) if row[start] in opened else text

        return draw

    def _figure(self, column: ListColumn) -> Draw:
        """Return the function that draws a figure; zero is muted, and a missing row beside counts as zero."""
        start = column.start
        drawn = column.field.kind.text
        nothing = muted(drawn(ZERO)) if column.path.partition(".")[0] in self.zeros else ""
        zero = muted(drawn(ZERO))

        def draw(row: Sequence[Any]) -> Any:
            value = row[start]
            return drawn(value) if value else nothing if value is None else zero

        return draw


def _draw_line(kind: Kind, start: int) -> Draw:
    return lambda row: row[start] or ""


def _draw_text(kind: Kind, start: int) -> Draw:
    text = kind.text
    return lambda row: "" if row[start] is None else text(row[start])


def _draw_phone(kind: Kind, start: int) -> Draw:
    return lambda row: dialled(row[start] or "")


def _draw_badge(kind: Kind, start: int) -> Draw:
    language = catalogue()
    return lambda row: _badge_in(language, type(row[start]), row[start])


def _draw_flag(kind: Kind, start: int) -> Draw:
    """Draw a flag; “no” is muted."""

    def draw(row: Sequence[Any]) -> Any:
        value = row[start]
        return kind.text(value) if value else muted("" if value is None else kind.text(value))

    return draw


# The key is `Kind.drawing`; rows of other models and figures need more than their value.
_DRAWERS: dict[str, Callable[[Kind, int], Draw]] = {
    "line": _draw_line,
    "text": _draw_text,
    "phone": _draw_phone,
    "badge": _draw_badge,
    "flag": _draw_flag,
}


def _bare(text: Any) -> str:
    """Return the text of a cell without its markup, for a link within a link is not allowed."""
    return text.striptags() if isinstance(text, Markup) else str(text)


def column_class(field: Field) -> str:
    """Return the CSS class of a column: figures stand to the right, dates are not broken."""
    if field.kind.is_numeric:
        return "r"
    if field.kind.is_temporal or field.name in ("number", "document_number"):
        return "nb"
    return "tg" if field.kind.drawing == "badge" else ""


def greeting(hour: int) -> str:
    if hour < 6 or hour >= 18:
        return str(_("Good evening"))
    return str(_("Good morning") if hour < 12 else _("Good afternoon"))
