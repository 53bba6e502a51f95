"""`make migration` writes what the models lack, on a clone that has never run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.docs_generator import ROOT

pytestmark = pytest.mark.once

SHELF = """

class Shelf(Model):
    __tablename__ = "shelf"

    id: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[str] = mapped_column(sa.String(20))
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for folder in ("app", "migrations", "translations"):
        unwanted = shutil.ignore_patterns("vendor", "__pycache__")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=unwanted)
    for name in ("Makefile", "config.py", "run.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").symlink_to((ROOT / ".venv").resolve())
    return tmp_path


def migrations_in(clone: Path) -> set[Path]:
    return set((clone / "migrations" / "versions").glob("*.py"))


def make_migration(clone: Path, told: str) -> tuple[set[Path], str]:
    """Run it as a person would whose own database is elsewhere: the files that are new, and what it says."""
    before = migrations_in(clone)
    surroundings = {**os.environ, "DATABASE_URL": "sqlite:////nowhere/at/all.db"}
    command = ["make", "migration", f"m={told}"]
    done = subprocess.run(command, cwd=clone, env=surroundings, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return migrations_in(clone) - before, done.stdout


def test_a_migration_is_written_on_a_clone_that_has_no_database(clone: Path) -> None:
    models = clone / "app" / "models" / "stock" / "stock.py"
    models.write_text(models.read_text("utf-8") + SHELF, "utf-8")
    [path], _said = make_migration(clone, "goods have shelves")
    text = path.read_text("utf-8")
    assert "goods_have_shelves" in path.name
    assert re.findall(r"^    op\.(\w+)\('(\w+)'", text, re.MULTILINE) == [
        ("create_table", "shelf"),
        ("drop_table", "shelf"),
    ]
    assert not (clone / "instance").exists()
    files, said = make_migration(clone, "again")
    assert files == set()
    assert "nothing to write" in said


def test_a_migration_changes_the_codes_of_an_enum(clone: Path) -> None:
    """Nobody has to know that a code is also a CHECK in the database."""
    models = clone / "app" / "models" / "stock" / "stock.py"
    text = models.read_text("utf-8")
    assert "    transfer_in = enum.auto()" in text
    models.write_text(
        text.replace("    transfer_in = enum.auto()", "    transfer_in = enum.auto()\n    found = enum.auto()")
    )
    [path], _said = make_migration(clone, "goods are found")
    written = path.read_text("utf-8")
    assert "from migrations.codes import change_codes" in written
    after, before = re.findall(
        r"^    change_codes\('stock_ledger_entry', 'kind', 'kind', \((.+)\)\)", written, re.MULTILINE
    )
    assert after == f"{before}, 'found'"
    assert make_migration(clone, "again")[0] == set()
