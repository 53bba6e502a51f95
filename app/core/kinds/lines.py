"""The lines of a document live and go with it. Their own fields are read one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.kinds.kind import Kind


@dataclass(frozen=True)
class LinesKind(Kind):
    """The lines of a document. A form has a table for them, a list and an import leave them out."""

    target: type[Any]

    has_column = False
    has_filter = False
    is_listed = False
    is_typed = False
    is_lines = True
