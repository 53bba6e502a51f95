"""Templates call these filters for values and a few functions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flask import Flask
from flask_babel import format_date, get_locale
from markupsafe import Markup

from app.core.db.base import model_name
from app.core.files.files import LARGEST, PREVIEWED
from app.core.kinds.comparison import NOTHING
from app.core.record.fields import code_label
from app.screens.form.forms import form_token
from app.screens.frame import cells, values
from app.screens.frame.menu import cached_part
from app.screens.frame.template_whitespace import TemplateWhitespace
from app.screens.list.address import LONGEST_VALUE, MOST_VALUES, Address, Chip, ListFilter
from app.screens.list.saved_lists import ColumnChoice
from app.screens.record.timeline import relative

_FILE_ICONS = {
    "pdf": "file-type-pdf", "xlsx": "file-spreadsheet", "xls": "file-spreadsheet", "csv": "file-spreadsheet",
    "docx": "file-text", "doc": "file-text", "txt": "file-text", "zip": "archive",
}  # fmt: skip


def filesize(size: int) -> str:
    """Return the size of a file as people read it: 1536 → 1.5 KB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.1f} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def preview_kind(content_type: str) -> str:
    """Return how a file is looked at in the page: "picture", "pdf", "text", or not at all."""
    return PREVIEWED.get(content_type, "")


def file_icon(filename: str) -> str:
    """Return the icon that stands for a file by its ending."""
    return _FILE_ICONS.get(filename.rpartition(".")[2].lower(), "file")


def weekday(value: dt.datetime) -> str:
    """Return a day with its weekday: 2026年11月23日 星期一."""
    return str(format_date(value, format="full"))


def filter_field(
    offered: ListFilter, choices: Mapping[str, list[tuple[int, str, bool]]], address: Address, told: Sequence[Chip]
) -> Markup:
    """Return one field of the panel a list is narrowed by, with what is set in it."""
    described, text = offered.field, ""
    items = tuple(choices.get(str(described.dictionary), ()))
    values: tuple[str, ...] = tuple(address.all(offered.name))
    if offered.is_range:
        values = tuple(address.value(f"{offered.name}_{end}") for end in ("from", "to"))
    elif described.kind.is_relation or NOTHING in values:
        text = next((chip.text for chip in told if chip.parameter == offered.name), "") if values else ""
    # Only values that the list itself would take are cached, not whatever is written in an address.
    values = tuple(value[:LONGEST_VALUE] for value in values[:MOST_VALUES])
    key = (described.model, offered.path, items, values, text)
    options = partial(described.kind.options, items)
    return cached_part("list/filter_field.html", key, f=offered, options=options, values=values, text=text)


def column_ticks(columns: Sequence[ColumnChoice]) -> Markup:
    """Return the tick boxes of a list's columns; those that are shown are ticked."""
    key = tuple((each.field.model, each.path, each.is_shown, each.is_fixed) for each in columns)
    return cached_part("list/list_columns.html", key, columns=columns)


def page_language() -> str:
    """Return the `lang` of pages: zh-CN, so that browsers take Chinese glyphs."""
    locale = get_locale()
    language: str = locale.language if locale is not None else "zh"
    return "zh-CN" if language == "zh" else language


def install(app: Flask) -> None:
    filters: dict[str, Any] = {
        "money": values.money, "price": values.price, "quantity": values.quantity, "percent": values.percent,
        "day": values.day, "moment": values.moment, "badge": cells.badge, "filesize": filesize, "weekday": weekday,
        "code": code_label, "dialled": cells.dialled, "relative": relative, "preview_kind": preview_kind,
        "file_icon": file_icon,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(
        filter_field=filter_field, column_ticks=column_ticks,
        form_token=form_token, model_name=model_name, page_language=page_language,
        record_url=cells.record_url, largest_file=LARGEST,
    )  # fmt: skip
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension(TemplateWhitespace)
