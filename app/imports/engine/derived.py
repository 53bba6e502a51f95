"""A model without an import of its own gets one: of its fields, or, where it is a document, of its lines."""

from __future__ import annotations

from typing import Any

from app.core.db.base import model_name
from app.imports.engine.from_documents import DocumentImport
from app.imports.engine.from_fields import FieldsImport
from app.imports.engine.importer import IMPORTERS
from app.models.document import Document


def import_of(model: type[Any], title: Any) -> None:
    """Offer the import of a model, unless its domain has written one. Who may use it is a right."""
    if any(importer.model is model for importer in IMPORTERS.values()):
        return
    base = DocumentImport if issubclass(model, Document) else FieldsImport
    said = {"kind": model_name(model), "label": title, "model": model, "sheet_name": "数据", "usual_login": "admin"}
    type(f"{model.__name__}Import", (base,), said)  # making the class is what registers it
