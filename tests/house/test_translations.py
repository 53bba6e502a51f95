"""Every text people see has Chinese, with the same places for values, and nothing is in doubt."""

from __future__ import annotations

import difflib
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = "translations/zh/LC_MESSAGES/messages.po"
PLACES = re.compile(r"%\((\w+)\)s|%%")
KEYWORDS: Any = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
}
# Words that are the same in both languages.
ALIKE = re.compile(r"[\W\d_]*|QQ|--|.*%\(.*")


def _texts() -> dict[str, str]:
    """English text → where it stands, of all sources and templates."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = {}
    for name, line, message, _comments, _context in extract_from_dir(str(ROOT / "app"), methods, options, KEYWORDS):
        text = message[0] if isinstance(message, tuple) else message
        if text:
            found[text] = f"app/{name}:{line}"
    return found


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    content = (ROOT / CATALOGUE).read_bytes()
    return read_po(io.BytesIO(content), locale="zh")


def _chinese(catalogue: Catalog, text: str) -> str:
    message = catalogue.get(text)
    string = message.string if message is not None else ""
    return string[0] if isinstance(string, tuple | list) else str(string or "")


def test_every_text_of_ours_has_chinese(catalogue: Catalog) -> None:
    """spec.md: UI text is Chinese by default; a missing line would show English."""
    missing = [f"{where}: {text}" for text, where in _texts().items() if not _chinese(catalogue, text)]
    assert missing == [], f"run `make translations` and fill in {len(missing)} texts:\n" + "\n".join(missing[:40])


def test_chinese_keeps_every_place_for_a_value(catalogue: Catalog) -> None:
    """A lost %(name)s loses a fact; a new one fails when it is shown."""
    wrong = []
    for message in catalogue:
        if not message.id or isinstance(message.id, tuple | list):
            continue
        if set(PLACES.findall(message.id)) != set(PLACES.findall(_chinese(catalogue, message.id))):
            wrong.append(message.id)
    assert wrong == []


def test_no_chinese_line_has_a_lone_percent_sign(catalogue: Catalog) -> None:
    """Templates format every text, so a bare % would break the page; ％ reads the same."""
    lone = [m.id for m in catalogue if m.id and re.search(r"%(?!\(\w+\)s)", _chinese(catalogue, _first(m.id)))]
    assert lone == []


def _first(text: Any) -> str:
    return text[0] if isinstance(text, tuple | list) else str(text)


def test_nothing_in_the_catalogue_is_in_doubt(catalogue: Catalog) -> None:
    """A fuzzy line is a guess."""
    assert [message.id for message in catalogue if message.fuzzy and message.id] == []


def test_chinese_lines_hold_chinese(catalogue: Catalog) -> None:
    """A text copied over untranslated is as good as missing."""
    english = []
    for message in catalogue:
        if not message.id or isinstance(message.id, tuple | list) or ALIKE.fullmatch(message.id):
            continue
        text = _chinese(catalogue, message.id)
        if text and not re.search(r"[一-鿿]", text):
            english.append(f"{message.id} → {text}")
    assert english == []


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make translations` reads, to be changed freely."""
    for folder in ("app", "translations"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("vendor", "__pycache__"))
    for name in ("Makefile", "babel.cfg", "config.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to((ROOT / ".venv").resolve())
    return tmp_path


@pytest.fixture
def collected(clone: Path) -> Callable[[], list[str]]:
    """Run `make translations` in the clone: the lines of the catalogue that are new or gone."""

    def run() -> list[str]:
        before = (ROOT / CATALOGUE).read_text("utf-8").splitlines()
        subprocess.run(["make", "translations"], cwd=clone, check=True, capture_output=True)
        changes = difflib.ndiff(before, (clone / CATALOGUE).read_text("utf-8").splitlines())
        return [line for line in changes if line[0] in "+-"]

    return run


def test_collecting_texts_changes_nothing_where_no_text_has_changed(
    clone: Path, collected: Callable[[], list[str]]
) -> None:
    """Neither the second time, nor after lines were added or a file was moved."""
    assert collected() == [], "run `make translations`"
    for path in (clone / "app" / "workflows").rglob("*.py"):
        path.write_text("# One line more.\n\n" + path.read_text("utf-8"), "utf-8")
    (clone / "app" / "core" / "errors.py").rename(clone / "app" / "elsewhere.py")
    assert collected() == []


def test_a_text_that_is_new_or_gone_changes_its_own_lines_only(clone: Path, collected: Callable[[], list[str]]) -> None:
    (clone / "app" / "new.py").write_text('text = _("A text that is new")\n', "utf-8")
    assert collected() == ['+ msgid "A text that is new"', '+ msgstr ""', "+ "]
    (clone / "app" / "new.py").unlink()
    assert collected() == []
