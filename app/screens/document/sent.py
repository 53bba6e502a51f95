"""The script of a document's form sends the head as it was typed and the lines cell by cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields
from werkzeug.datastructures import MultiDict

from app.core.record.schemas import Form
from app.query.choices import GoodsName
from app.screens.document.line_cells import LineCell, line_form

MOST_NAMED = 500
LONGEST_NAME = 200


class HeadValue(fields.Field[Any]):
    """This field reads what stands in one control: a text, several of them, or nothing."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **options: Any) -> list[str]:
        texts = value if isinstance(value, list) else [value or ""]
        if not all(isinstance(text, str) for text in texts):
            raise ValidationError(str(self.error_messages["null"]))
        return texts


def document_form(cells: Iterable[LineCell]) -> type[Schema]:
    """Return the whole form as it is sent."""
    return Form.from_dict(
        {
            "head": fields.Dict(keys=fields.String(), values=HeadValue(allow_none=True), required=True),
            "lines": fields.List(fields.Nested(line_form(cells)), required=True),
            "version": fields.Integer(load_default=None, allow_none=True),
            "submit": fields.Boolean(load_default=False),
        }
    )


def goods_names(rows: Any) -> list[GoodsName]:
    """Return how the rows of a pasted table name their goods; what is no row names nothing."""
    found = []
    for row in rows[:MOST_NAMED] if isinstance(rows, list) else ():
        texts = {name: row.get(name) if isinstance(row, dict) else None for name in ("number", "name", "model", "text")}
        found.append(GoodsName(**{n: t[:LONGEST_NAME] if isinstance(t, str) else "" for n, t in texts.items()}))
    return found


def typed_head(head: Mapping[str, list[str] | None]) -> MultiDict[str, str]:
    """Return the head as a form of the server would have sent it."""
    return MultiDict([(name, text) for name, texts in head.items() for text in texts or [""]])
