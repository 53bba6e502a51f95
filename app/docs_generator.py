"""The generated half of docs/: a page per workflow and the map of the manual. `make docs`."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask_babel import force_locale

from app.core.db.base import model_name
from app.core.flow.diagram import state_diagram
from app.core.flow.workflow import WORKFLOWS, Step, Workflow
from app.core.record.fields import code_label
from app.security.roles import role_label

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
_BY_MACHINE = "<!-- Written by `make docs`; edit the workflow table or the docstrings instead. -->\n"
_MAP_BY_MACHINE = (
    "<!-- Written by `make docs` from docs/manual_clauses.txt, docs/manual_status.toml and the citations. -->\n"
)
_NUMBER = r"(?:\d{1,2}(?:\.\d{1,2}b?)?|三\.\d)"
_LIST = rf"{_NUMBER}(?:\s*(?:,|–|and)\s*{_NUMBER})*"
_CITATION = re.compile(rf"(?:\b[Mm]anual\s+|\bmanual=\"|(?<!\.md )§)({_LIST})")


def write_docs(*, check: bool = False) -> list[str]:
    """Write every generated page; with `check`, only tell which ones are out of date.

    returns  paths of the pages that were, or would be, written anew or removed
    """
    with force_locale("zh"):
        pages = {f"workflows/{model_name(model)}.md": workflow_page(flow) for model, flow in WORKFLOWS.items()}
    pages["manual_map.md"] = manual_map()
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


# A page per workflow


def workflow_page(workflow: Workflow) -> str:
    """States as a diagram, steps as a table, guards and effects as sentences."""
    name = model_name(workflow.model)
    parts = [_BY_MACHINE, f"# {name}\n", f"Manual {workflow.manual}. {_first_line(workflow.model)}\n"]
    diagram = state_diagram(workflow)
    if diagram:
        parts.append(f"```mermaid\n{diagram}\n```\n")
    parts.append(_step_table(workflow))
    guards = _told_once(guard for step in workflow.rows.values() for guard in step.guards)
    effects = _told_once(effect for step in workflow.rows.values() for effect in step.effects)
    if guards:
        parts.append("## Guards\n\nAll that refuse are told at once.\n\n" + guards)
    if effects:
        parts.append("## Effects\n\n" + effects)
    return "\n".join(parts)


def _step_table(workflow: Workflow) -> str:
    rows = [
        "| step | action | from | to | default roles | guards | effects | asks for |",
        "|---|---|---|---|---|---|---|---|",
    ]
    rows += [_step_row(workflow, step) for step in workflow.rows.values()]
    return "\n".join(rows) + "\n"


def _step_row(workflow: Workflow, step: Step) -> str:
    anywhere = "any" if workflow.states is not None else "–"
    cells = [
        str(step.label),
        f"`{step.action}`",
        ", ".join(_state(state) for state in step.sources) or anywhere,
        " or ".join(_state(state) for state in step.targets) or "–",
        ", ".join(role_label(role) for role in step.roles) or "the system",
        ", ".join(f"`{guard.__name__}`" for guard in step.guards) or "–",
        ", ".join(f"`{effect.__name__}`" for effect in step.effects) or "–",
        ", ".join(f"`{field}`" for field in _asked(step)) or "–",
    ]
    return "| " + " | ".join(cells) + " |"


def _asked(step: Step) -> Iterable[str]:
    return step.form._declared_fields if step.form is not None else ()


def _state(state: object) -> str:
    return f"{code_label(state)} `{state}`"  # type: ignore[arg-type]  # states are StrEnum members


def _told_once(functions: Iterable[Callable[..., object]]) -> str:
    named = {function.__name__: _first_line(function) for function in functions}
    return "".join(f"- `{name}` — {line}\n" for name, line in sorted(named.items()))


def _first_line(thing: object) -> str:
    return (getattr(thing, "__doc__", None) or "").strip().split("\n")[0]


# The map of the manual


@dataclass
class Clause:
    """One clause: what it is about, how far it is, and who cites it."""

    number: str
    title: str
    status: str = "open"
    missing: str = ""
    code: list[str] = field(default_factory=list)
    tests: list[str] = field(default_factory=list)

    @property
    def is_gap(self) -> bool:
        """Owed by this release, but without code or without a test that cites it."""
        return self.status != "open" and not (self.code and self.tests)


def clauses() -> list[Clause]:
    """Every clause of the manual with its status and citations, in the manual's order."""
    status = tomllib.loads((DOCS / "manual_status.toml").read_text("utf-8"))
    partly: dict[str, str] = status["partly"]
    found = {}
    for line in (DOCS / "manual_clauses.txt").read_text("utf-8").splitlines():
        number, tab, title = line.partition("\t")
        if tab:
            state = "done" if number in status["done"] else "partly" if number in partly else "open"
            found[number] = Clause(number, title, state, partly.get(number, ""))
    order = {number: place for place, number in enumerate(found)}
    for number, place, is_test in _citations(order):
        if number in found:
            where = found[number].tests if is_test else found[number].code
            if place not in where:
                where.append(place)
    return list(found.values())


def cited(text: str, order: dict[str, int] | None = None) -> list[str]:
    """Clause numbers a text cites: `Manual 8.4, 8.10–8.12` → 8.4, 8.10, 8.11, 8.12. Ranges follow `order`."""
    found = []
    for match in _CITATION.finditer(text):
        for part in re.split(r"\s*(?:,|and)\s*", match.group(1)):
            first, dash, last = (piece.strip() for piece in part.partition("–"))
            if dash and order and first in order and last in order:
                found += [number for number, place in order.items() if order[first] <= place <= order[last]]
            else:
                found += [number for number in (first, last) if number]
    return found


def _citations(order: dict[str, int]) -> Iterator[tuple[str, str, bool]]:
    for path in sorted((ROOT / "app").rglob("*.py")):
        for number in cited(path.read_text("utf-8"), order):
            yield number, path.relative_to(ROOT).as_posix(), False
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        place = path.relative_to(ROOT).as_posix()
        for test, text in _told_tests(path):
            for number in cited(text, order):
                yield number, f"{place}::{test}", True


def _told_tests(path: Path) -> Iterator[tuple[str, str]]:
    """Name and docstring of every test function of a file, with its class's."""
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, ast.get_docstring(node) or ""


def manual_map() -> str:
    """One row per clause: what it is about, how far it is, where it is done, which tests tell its story."""
    found = clauses()
    counts = {state: sum(clause.status == state for clause in found) for state in ("done", "partly", "open")}
    parts = [
        _MAP_BY_MACHINE,
        "# Where the manual is implemented\n",
        f"{len(found)} clauses: {counts['done']} done, {counts['partly']} partly, {counts['open']} open.\n",
        "| clause | about | status | missing | code | tests |",
        "|---|---|---|---|---|---|",
    ]
    return "\n".join(parts + [_clause_row(clause) for clause in found]) + "\n"


def _clause_row(clause: Clause) -> str:
    code = "<br>".join(f"`{place}`" for place in clause.code)
    tests = "<br>".join(f"`{place.partition('::')[2]}`" for place in clause.tests)
    return f"| §{clause.number} | {clause.title} | {clause.status} | {clause.missing} | {code} | {tests} |"
