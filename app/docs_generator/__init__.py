"""The generated half of docs/: workflows, the maps of the manual and of faults, where things are. `make docs`."""

from __future__ import annotations

from pathlib import Path

from flask_babel import force_locale

from app.core.db.base import model_name
from app.core.flow.workflow import WORKFLOWS
from app.docs_generator.fault_map import fault_map
from app.docs_generator.manual_map import cited, clauses, manual_map
from app.docs_generator.paths import DOCS, ROOT
from app.docs_generator.places import places
from app.docs_generator.workflow_pages import workflow_page

__all__ = ["DOCS", "ROOT", "cited", "clauses", "workflow_page", "write_docs"]


def write_docs(*, check: bool = False) -> list[str]:
    """Write every generated page; with `check`, only tell which ones are out of date.

    returns  paths of the pages that were, or would be, written anew or removed
    """
    with force_locale("zh"):
        pages = {f"workflows/{model_name(model)}.md": workflow_page(flow) for model, flow in WORKFLOWS.items()}
        pages["places.md"] = places()
    pages["manual_map.md"] = manual_map()
    pages["faults.md"] = fault_map()
    changed = [name for name, text in sorted(pages.items()) if _text_of(DOCS / name) != text]
    gone = [
        f"workflows/{path.name}"
        for path in sorted((DOCS / "workflows").glob("*.md"))
        if f"workflows/{path.name}" not in pages
    ]
    if not check:
        for name in changed:
            (DOCS / name).parent.mkdir(parents=True, exist_ok=True)
            (DOCS / name).write_text(pages[name], "utf-8")
        for name in gone:
            (DOCS / name).unlink()
    return changed + gone


def _text_of(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None
