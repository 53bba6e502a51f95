"""A page per workflow: its states as a diagram, its steps as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.core.db.base import model_name
from app.core.flow.diagram import state_diagram
from app.core.flow.workflow import Step, Workflow
from app.core.record.fields import code_label
from app.security.roles import role_label

_BY_MACHINE = "<!-- Written by `make docs`; edit the workflow table or the docstrings instead. -->\n"


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
