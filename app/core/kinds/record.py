"""A field may refer to a record of any model, as a message does to what it is about."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError

from app.core.db.types import RecordKey, RecordReference
from app.core.kinds.kind import Json, Kind, Labels
from app.core.kinds.numerals import LARGEST_WHOLE
from app.core.kinds.text import REST_FILTER_TEXT, rest_filter_text

_WRITTEN = re.compile(r"[a-z][a-z_]{0,38}/[1-9][0-9]{0,9}", re.ASCII)


class RecordKind(Kind):
    """A record of any model: its model and its key. Programs name it; no form asks for it."""

    columns = (RecordKey,)
    has_filter = False
    is_listed = False
    is_typed = False

    def json(self, value: RecordReference) -> Json:
        return {"model": value.model, "id": value.id}

    def read_text(self, text: str) -> RecordReference:
        found = RecordReference(text) if _WRITTEN.fullmatch(text) else None
        if found is None or found.id > LARGEST_WHOLE:
            raise ValidationError(_("This must be the model and the id of a record."))
        return found

    def read_json(self, value: Any) -> RecordReference:
        named = value if isinstance(value, dict) else {}
        model, key = named.get("model"), named.get("id")
        if not isinstance(model, str) or isinstance(key, bool) or not isinstance(key, int):
            raise ValidationError(_("This must be the model and the id of a record."))
        return self.read_text(f"{model}/{key}")

    def read_rest_filter(self, value: Any) -> str:
        return rest_filter_text(value)

    def shown_schema(self) -> Json:
        properties: Json = {"model": {"type": "string"}, "id": {"type": "integer"}}
        return {"type": "object", "properties": properties, "required": ["model", "id"]}

    def body_schema(self, labels: Labels) -> Json:
        properties: Json = {
            "model": {"type": "string", "pattern": "^[a-z][a-z_]{0,38}$"},
            "id": {"type": "integer", "minimum": 1, "maximum": LARGEST_WHOLE},
        }
        return {"type": "object", "properties": properties, "required": ["model", "id"]}

    def rest_filter_schema(self) -> Json:
        return dict(REST_FILTER_TEXT)
