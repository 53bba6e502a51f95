"""A workflow table is drawn as mermaid text for the documentation. design.md §1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.flow.workflow import Step, Workflow
from app.core.record.fields import code_label


def state_diagram(workflow: Workflow) -> str:
    """Return the states and steps of a document as a mermaid state diagram; empty for records that have no state."""
    if workflow.states is None:
        return ""
    lines = ["stateDiagram-v2"]
    lines += [f'    state "{code_label(state)}" as {state.value}' for state in workflow.states]
    lines.append(f"    [*] --> {workflow.initial.value}")
    lines += [
        f"    {source.value} --> {target.value} : {step.label}"
        for step in workflow.rows.values()
        for source, target in moves(workflow, step)
    ]
    return "\n".join(lines)


def moves(workflow: Workflow, step: Step) -> Iterator[tuple[Any, Any]]:
    """Yield each pair of states (from, to) of a step; one that leaves the state alone leads back to where it began."""
    for source in step.sources or tuple(workflow.states or ()):
        for target in step.targets or (source,):
            yield source, target


def reachable_states(workflow: Workflow) -> set[Any]:
    """Return the states that a document can reach from its first one by taking steps."""
    found = {workflow.initial}
    while True:
        more = {
            target
            for step in workflow.rows.values()
            for source, target in moves(workflow, step)
            if source in found and target not in found
        }
        if not more:
            return found
        found |= more
