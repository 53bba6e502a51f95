"""What SECURITY.md and docs/operations.md promise is so: their figures are the program's, their tests are there.

The documents had promised what the program did not keep, and nothing failed.
"""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

import config
from app.core.files import archive, files, pictures
from app.core.sheets import csv_file, limits
from app.models.system.user import AppUser
from app.operations import sealing
from app.rest import query
from app.screens.list import export
from app.screens.web import errors
from app.security.accounts import passwords, sessions, sign_in
from tests.hostile.web.test_asvs_sheet import TEST, stories_in

ROOT = Path(__file__).resolve().parents[3]
APP = ROOT / "app"
MB = 1024 * 1024
WORDS = {1: "one", 4: "four", 5: "five", 8: "eight", 10: "ten", 12: "twelve", 15: "fifteen"}
DOCUMENTS = ("SECURITY.md", "docs/operations.md")


def text_of(name: str) -> str:
    return " ".join((ROOT / name).read_text("utf-8").split())


def minutes(length: dt.timedelta) -> str:
    return WORDS[int(length.total_seconds() // 60)]


def hours(length: dt.timedelta) -> str:
    return WORDS[int(length.total_seconds() // 3600)]


WAITS = sorted(sign_in.WAITS)
COST = config.FAB_PASSWORD_HASH_METHOD.split(":")
# A phrase of a document, made of what the program goes by.
FIGURES = {
    "SECURITY.md": {
        "failures": f"{WAITS[0][0]} since the last success within {int(sign_in.WINDOW.total_seconds() // 60)} minutes: "
        f"{minutes(WAITS[0][1])} minute's wait; {WAITS[1][0]}: {minutes(WAITS[1][1])}; "
        f"{WAITS[2][0]}: {minutes(WAITS[2][1])}",
        "failures of an address": f"after {WORDS[sign_in.ADDRESS_FACTOR]} times as many",
        "where somebody is known": f"within {sign_in.FAMILIAR.days} days",
        "shortest password": f"{WORDS[passwords.SHORTEST]} characters or more, none of the 20,000 most common",
        "different characters": f"{WORDS[passwords.FEWEST]} different characters",
        "cost of a password": f"N = 2^{int(COST[1]).bit_length() - 1}, r = {COST[2]}, p = {COST[3]}",
        "an idle session": f"{hours(sessions.IDLE).title()} hours without its person",
        "the longest session": f"{hours(sessions.LONGEST)} altogether",
        "tokens": f"{hours(config.JWT_ACCESS_TOKEN_EXPIRES)} hours from name and password",
        "an attachment": f"{files.LARGEST // MB} MB; {', '.join(ending.lstrip('.') for ending in files.ALLOWED)};",
        "a file to import": f"{archive.LARGEST // MB} MB, {limits.MOST_ROWS:,} rows, {limits.MOST_COLUMNS} columns, "
        f"{limits.MOST_CELLS:,} cells; xlsx {archive.LARGEST_UNPACKED // MB} MB unpacked, "
        f"ratio {archive.HIGHEST_RATIO}, {archive.MOST_PARTS:,} parts, {limits.MOST_FORMULAS:,} formulas; "
        f"csv {csv_file.LONGEST_CELL:,} letters in a cell, {csv_file.LONGEST_ROW:,} in a row",
        "a request": f"{config.MAX_CONTENT_LENGTH // MB} MB, of it {config.MAX_FORM_MEMORY_SIZE // MB} MB and "
        f"{config.MAX_FORM_PARTS:,} of fields",
        "a stranger's request": f"of who is not known {errors.STRANGERS_LARGEST // 1024} kB",
        "a picture": f"{pictures.MOST_WHOLE // 1_000_000} million pixels",
        "a page of REST": f"REST at most {query.MOST_ROWS} rows",
        "an export": f"an export {export.MOST_EXPORTED:,} rows",
        "a secret": f"`SECRET_KEY` of {config.SHORTEST_SECRET} characters or more",
    },
    "docs/operations.md": {
        "how often is sealed": f"each server does so every {sealing.SEAL_EVERY:.0f} seconds",
        "the key of the chain": f"`CHAIN_KEY` ({config.SHORTEST_SECRET} characters or more)",
    },
}


@pytest.mark.once
@pytest.mark.parametrize(("document", "what"), [(name, what) for name, found in FIGURES.items() for what in found])
def test_figures_of_the_documents_are_those_of_the_program(document: str, what: str) -> None:
    """fault F14: whoever changes a limit changes the sentence that promises it."""
    assert FIGURES[document][what] in text_of(document)


# Documents that a requirement asks for, and the heading under which they say it.
HEADINGS = {
    "SECURITY.md": [
        "Ways in, passwords, sessions", "What is taken, and how much", "Keys and secrets", "Which data deserve what",
        "What is logged", "When components are renewed", "What it deliberately does not do",
    ],
    "docs/operations.md": ["Several nodes", "Logs", "Backup and restore", "Log and ledgers that nobody changes unseen"],
    "docs/architecture.md": ["Steps", "Who sees what", "What always holds"],
    "docs/performance.md": ["Long work"],
}  # fmt: skip


@pytest.mark.once
@pytest.mark.parametrize("document", HEADINGS)
def test_the_documents_say_what_they_are_asked_to_say(document: str) -> None:
    """ASVS 2.1.3, 5.1.1, 7.1.1, 8.1.1, 13.1.1, 14.1.1, 15.1.1, 15.1.3: each part is there and has words."""
    parts = re.split(r"^## ", (ROOT / document).read_text("utf-8"), flags=re.MULTILINE)
    found = {part.partition("\n")[0].strip(): part.partition("\n")[2] for part in parts[1:]}
    assert [heading for heading in HEADINGS[document] if len(found.get(heading, "").split()) < 40] == []


@pytest.mark.once
@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_test_that_a_document_names_is_there(document: str) -> None:
    """fault F14: a promise whose test is gone is no promise."""
    named = TEST.findall((ROOT / document).read_text("utf-8"))
    assert len(named) > 5
    assert [f"{file}::{name}" for file, name in named if name not in stories_in(file)] == []


@pytest.mark.once
def test_every_promise_of_defence_names_its_test() -> None:
    """fault F14: each row of “What it defends against”, and of what operations promise, ends with a test."""
    rows = [
        line
        for document, heading in (
            ("SECURITY.md", "What it defends against"),
            ("docs/operations.md", "What of this is shown by tests"),
        )
        for line in _table_below(document, heading)
    ]
    assert len(rows) > 25
    assert [
        line.split("|")[1].strip() for line in rows if not TEST.search(line.rpartition("|")[0].rpartition("|")[2])
    ] == []


def _table_below(document: str, heading: str) -> Iterator[str]:
    part = (ROOT / document).read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in part.splitlines() if line.startswith("|")]
    yield from rows[2:]


def _environment() -> set[str]:
    """Every variable of the environment that the program reads."""
    sources = [ROOT / "config.py", ROOT / "gunicorn.conf.py", *APP.rglob("*.py")]
    read = re.compile(r"environ(?:\.get\(|\.setdefault\(|\[)\"([A-Z_]+)\"")
    return {name for path in sources for name in read.findall(path.read_text("utf-8"))} - {
        "PATH_INFO",
        "REQUEST_METHOD",
    }


@pytest.mark.once
def test_every_secret_and_every_connection_is_listed() -> None:
    """ASVS 11.1.2, 13.1.1, 13.2.4: what names a secret or a place elsewhere stands in the documents."""
    names = _environment()
    secrets = {name for name in names if re.search("KEY|TOKEN|SECRET", name)}
    places = {name for name in names if name.endswith("_URL")}
    assert {"SECRET_KEY", "CHAIN_KEY", "METRICS_TOKEN"} <= secrets
    assert {"DATABASE_URL", "REDIS_URL"} <= places
    keys = (ROOT / "SECURITY.md").read_text("utf-8").partition("## Keys and secrets")[2].partition("\n## ")[0]
    assert sorted(name for name in secrets | places if f"`{name}`" not in keys) == []
    nodes = (ROOT / "docs/operations.md").read_text("utf-8").partition("## Several nodes")[2].partition("\n## ")[0]
    assert sorted(name for name in places if f"`{name}`" not in nodes) == []


@pytest.mark.once
def test_the_ways_in_are_those_that_are_named(app: Flask) -> None:
    """ASVS 6.1.3, 6.3.4: whatever takes a password from who is not known stands in SECURITY.md."""
    doors = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if re.search(r"log_?in\b|signin|oauth|openid|forgot|register|refresh", rule.rule)
        and "POST" in (rule.methods or ())
    }
    assert doors == {"/login/", "/api/v1/security/login", "/api/v1/security/refresh"}
    told = text_of("SECURITY.md")
    assert (
        "Three ways in and no other: the page `/login/`, the call `POST /api/v1/security/login` (and `refresh`" in told
    )


@pytest.mark.once
def test_no_password_ends_by_date_and_none_has_a_hint() -> None:
    """ASVS 6.2.10, 6.4.2: nothing of the kind is kept of a person."""
    kept = {column.name for column in AppUser.__table__.columns}
    assert "password" in kept
    assert [name for name in sorted(kept) if re.search("hint|question|answer|expir|valid_until", name)] == []


def _calls() -> Iterator[tuple[str, str]]:
    """Yield the file and the dotted name of every function that the program calls."""
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield path.relative_to(ROOT).as_posix(), ast.unparse(node.func)


@pytest.mark.once
def test_hashes_are_those_that_are_named() -> None:
    """ASVS 11.2.1, 11.4.1: SHA-256 and HMAC of Python's own, and no cipher."""
    used = {
        f"{node.value.id}.{node.attr}"
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("hashlib", "hmac")
    }
    assert used - {"hashlib.blake2b"} == {"hashlib.sha256", "hmac.digest", "hmac.compare_digest"}  # which numbers locks
    imported = {
        alias.name.partition(".")[0]
        for path in APP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert not imported & {"Crypto", "cryptography", "nacl", "ssl", "crypt"}


# Programs that are started, each with a list of words and none of them typed by people.
STARTERS = {
    "app/operations/backup/postgresql.py",
    "app/core/files/child_process.py",
    "app/core/jobs/children.py",
}


@pytest.mark.once
def test_no_program_is_started_but_where_it_is_named() -> None:
    """ASVS 1.2.5: no shell, and no file but these starts anything."""
    started = {
        file
        for file, name in _calls()
        if re.match(r"subprocess\.|os\.(system|popen|exec|spawn|posix_spawn)|pty\.|asyncio\.create_subprocess", name)
    }
    assert started <= STARTERS
    assert not [path for path in APP.rglob("*.py") if re.search(r"shell\s*=\s*True", path.read_text("utf-8"))]
