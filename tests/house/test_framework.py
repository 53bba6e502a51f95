"""What is taken from Flask-AppBuilder passes through one file, and no page is drawn by its templates."""

from __future__ import annotations

import re

import pytest

from app.docs_generator import ROOT

pytestmark = pytest.mark.once

APP = ROOT / "app"
TEMPLATES = APP / "templates"
IMPORT = re.compile(r"^\s*(?:from|import) flask_appbuilder\b", re.MULTILINE)
# In a template: {% extends "base.html" %}. In Python: the name of a file alone in its quotes.
REFERENCE = re.compile(r"""{%-?\s*(?:extends|include|import|from)\s+["']([^"']+)["']""")
NAME = re.compile(r"""["']([\w/]+\.html)["']""")


def test_the_framework_is_imported_by_one_file() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for folder in ("app", "migrations", "tests")
        for path in (ROOT / folder).rglob("*.py")
        if IMPORT.search(path.read_text("utf-8"))
    ]
    assert found == ["app/core/appbuilder.py"], "import from app.core.appbuilder: a new release is met there"


def test_pages_are_made_of_our_own_templates_only() -> None:
    """The framework brings templates as well, and Flask takes those where we have none of the name."""
    named = {(path, name) for path in TEMPLATES.rglob("*.html") for name in REFERENCE.findall(path.read_text("utf-8"))}
    named |= {(path, name) for path in APP.rglob("*.py") for name in NAME.findall(path.read_text("utf-8"))}
    assert len(named) > 100
    foreign = [f"{path.relative_to(ROOT)}: {name}" for path, name in named if not (TEMPLATES / name).is_file()]
    assert not foreign, "app/templates has no such file:\n" + "\n".join(sorted(foreign))
