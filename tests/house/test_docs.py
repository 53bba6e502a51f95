"""The documentation keeps up: pages are fresh, no owed clause lacks code and story, no term is missing."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import models, workflows  # noqa: F401  # they map and register
from app.core.db.base import models_by_name
from app.docs_generator import DOCS, ROOT, cited, clauses, write_docs
from app.docs_generator.places import engines, scripts

GLOSSARY = (DOCS / "glossary.md").read_text("utf-8")
STATUS = tomllib.loads((DOCS / "manual_status.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with its texts, and an empty database nobody asks."""
    from app import create_app

    folder = tmp_path_factory.mktemp("docs")
    return create_app(SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder}/empty.db", CRM_DATA=str(folder))


def test_generated_pages_are_up_to_date(bare_app: Flask) -> None:
    with bare_app.app_context():
        stale = write_docs(check=True)
    assert not stale, f"run `make docs`: {', '.join(stale)}"


def test_every_file_of_the_engines_says_what_it_is_for() -> None:
    silent = [name for name, text in (*engines(), *scripts()) if not text.strip().endswith((".", "`", ")"))]
    assert not silent, "Begin each with a sentence that says what it is for: " + ", ".join(silent)


def test_no_clause_of_this_release_lacks_code_or_a_citing_test() -> None:
    gaps = [f"§{c.number} {c.title} (code: {len(c.code)}, tests: {len(c.tests)})" for c in clauses() if c.is_gap]
    assert not gaps, (
        "The release owes these clauses. Cite them where they are implemented (“Manual 8.7” in a docstring) and in the "
        "docstring of the test that tells their story, or name the missing half in docs/manual_status.toml:\n"
        + "\n".join(gaps)
    )


def test_what_is_only_partly_done_says_what_is_missing() -> None:
    partly = STATUS["partly"]
    assert not set(partly) & set(STATUS["done"])
    assert all(len(missing) > 4 for missing in partly.values())
    known = {clause.number for clause in clauses()}
    assert set(partly) | set(STATUS["done"]) <= known


def test_every_clause_that_is_cited_exists() -> None:
    known = {clause.number for clause in clauses()}
    chapters = {number.partition(".")[0] for number in known}
    wrong = [
        f"{path.relative_to(ROOT)}: {number}"
        for folder in ("app", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number in cited(path.read_text("utf-8"))
        if number not in known | chapters | {"0", "1", "2"}  # sections of the specification
    ]
    assert not wrong, "The manual has no such clause:\n" + "\n".join(wrong)


def test_every_model_stands_in_the_glossary() -> None:
    words = set(re.findall(r"`(\w+)`", GLOSSARY))
    missing = sorted(
        model.__name__
        for model in models_by_name().values()
        if model.__module__.startswith("app.") and model.__name__ not in words
    )
    assert not missing, f"Give these a Chinese and an English word in docs/glossary.md: {missing}"


def test_the_glossary_gives_one_english_word_for_each_chinese_term() -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\|$", GLOSSARY, re.MULTILINE)
    terms = [chinese.strip() for chinese, _english in rows if not chinese.startswith(("中文", "-"))]
    assert len(terms) > 50
    assert len(terms) == len(set(terms))


ENGINES = (
    "core", "query", "screens", "rest", "imports/engine", "workflows/document", "security/policy.py",
    "security/approvals", "security/accounts",
)  # fmt: skip
PROPERTIES = {"property", "cached_property", "declared_attr", "directive"}
# A function does or returns something, so its first word is a verb; a class or a module is named by its subject.
NO_VERBS = {"The", "A", "An", "Whether", "Ids", "Key", "Keys", "Names", "Every", "Each", "All", "Of", "Condition"}
RIDDLES = {"What", "Who", "Whose", "How", "Where", "Which", "Why", "Whoever", "Whatever", "For"}


def docstrings_of(path: Path) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions, classes and the module of a file that have a docstring, each with its first paragraph."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
            yield node, text.partition("\n\n")[0]


def fault_of(node: ast.AST, first: str) -> str:
    """Return what is wrong with the first paragraph of a docstring; nothing where it is a sentence."""
    word = re.sub(r"^[\u4e00-\u9fff、/]+ ", "", first).split()[0].rstrip(":,;")
    if not (word[0].isupper() or word[0] in "`“[(" or not word[0].isascii()):
        return "begins with a capital"
    if not first.endswith((".", ":", "…")):
        return "ends with a full stop"
    if not isinstance(node, ast.FunctionDef):
        return "has a subject and a verb" if word in RIDDLES else ""
    named = {getattr(d, "attr", None) or getattr(d, "id", "") for d in node.decorator_list}
    is_guard = node.returns is not None and ast.unparse(node.returns) == "AppError | None"
    if named & PROPERTIES or is_guard:
        return ""
    return "begins with a verb" if word in NO_VERBS | RIDDLES else ""


def test_docstrings_of_the_engines_are_plain_sentences() -> None:
    found = [path for name in ENGINES for path in ([ROOT / "app" / name] if name.endswith(".py") else
             sorted((ROOT / "app" / name).rglob("*.py")))]  # fmt: skip
    lines = [(path, node, first) for path in found for node, first in docstrings_of(path)]
    assert len(lines) > 1000
    wrong = [
        f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)} {fault}: {first}"
        for path, node, first in lines
        if (fault := fault_of(node, first))
    ]
    assert not wrong, "Write it as a sentence, “Return the rows that …”, “A cursor names …”:\n" + "\n".join(wrong)


def test_a_docstring_that_is_no_sentence_is_found() -> None:
    def fault(code: str) -> str:
        return fault_of(*next(read(code)))

    def read(code: str) -> Iterator[tuple[ast.AST, str]]:
        for node in ast.parse(code).body:
            yield node, (ast.get_docstring(node) or "").partition("\n\n")[0]  # type: ignore[arg-type]

    assert fault('def f():\n    """The rows."""') == "begins with a verb"
    assert fault('def f():\n    """Whether it is open."""') == "begins with a verb"
    assert fault('def f():\n    """Return the rows"""') == "ends with a full stop"
    assert fault('class C:\n    """errors  none."""') == "begins with a capital"
    assert fault('class C:\n    """What is left."""') == "has a subject and a verb"
    assert fault('def f():\n    """Return the rows."""') == ""
    assert fault('@property\ndef f():\n    """The rows."""') == ""


def defined_names(path: Path) -> set[str]:
    """Return the names that a Python or JavaScript file defines at its top, and the attributes of its classes."""
    text = path.read_text("utf-8")
    if path.suffix == ".js":
        return set(re.findall(r"^(?:export )?(?:async )?(?:class|function|const|let) (\w+)", text, re.MULTILINE))
    names: set[str] = set()
    for node in (inner for outer in ast.parse(text).body for inner in (outer, *getattr(outer, "body", []))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def test_every_term_of_the_engines_is_defined_where_the_glossary_says() -> None:
    engines = GLOSSARY.partition("## Engines")[2]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| `(\w+)` \| `(app/[^`]+)` \|$", engines, re.MULTILINE)
    assert len(rows) == len(re.findall(r"^\| ", engines, re.MULTILINE)) - 1 > 50, "a row has not four columns"
    terms = [term for term, *_rest in rows]
    assert terms == sorted(set(terms)), "terms stand once and in their order"
    wrong = [f"{term}: `{name}` is not defined in {file}" for term, _meaning, name, file in rows
             if not (ROOT / file).is_file() or name not in defined_names(ROOT / file)]  # fmt: skip
    wrong += [f"{term}: the meaning is a sentence" for term, meaning, *_rest in rows if not meaning.endswith(".")]
    assert not wrong, "Put docs/glossary.md right, section Engines:\n" + "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Manual 8.7.", ["8.7"]),
        ("manual 6.7, 10.11", ["6.7", "10.11"]),
        ("§11.2b and (§8.14)", ["11.2b", "8.14"]),
        ('manual="11.6"', ["11.6"]),
        ("Manual 8.4–8.6.", ["8.4", "8.5", "8.6"]),
        ("Manual 16.", ["16"]),
        ("spec.md §8.14, design.md §3", []),
        ("§三.4", ["三.4"]),
    ],
)
def test_citations_of_the_manual_are_read_as_they_are_written(text: str, numbers: list[str]) -> None:
    order = {clause.number: place for place, clause in enumerate(clauses())}
    assert cited(text, order) == numbers


def test_documents_refer_only_to_files_that_exist() -> None:
    named = re.compile(
        r"`((?:app|docs|tests|core|security|workflows|views|imports)/[^`]+\.(?:py|md|html|css|js|toml))`"
    )
    wrong = []
    for path in [ROOT / "CONTRIBUTING.md", *DOCS.glob("*.md"), *(DOCS / "decisions").glob("*.md")]:
        for name in named.findall(path.read_text("utf-8")):
            if "<" not in name and not any((base / name).exists() for base in (ROOT, ROOT / "app", DOCS)):
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
    assert not wrong, wrong


def test_every_decision_is_numbered_in_order() -> None:
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
    for path in (DOCS / "decisions").glob("*.md"):
        assert path.read_text("utf-8").startswith(f"# {int(path.name[:4])}. ")


def test_pages_of_the_docs_are_kept_where_they_belong() -> None:
    assert {path.name for path in DOCS.iterdir() if path.is_file()} <= {
        "architecture.md", "asvs.md", "asvs_2.md", "faults.md", "faults.toml", "glossary.md", "licences.md",
        "manual_clauses.txt", "manual_map.md",
        "manual_status.toml", "operations.md", "performance.md", "places.md", "reliability.md",
    } | {path.name for path in Path(DOCS).glob("*.png")}  # fmt: skip
