"""Asked of every workflow there is, generated from its table."""

from __future__ import annotations

import ast
import enum
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app import workflows  # noqa: F401  # registers them
from app.core.actor import Actor
from app.core.db.base import model_name
from app.core.flow.diagram import moves, reachable_states, state_diagram
from app.core.flow.workflow import WORKFLOWS, Step, Workflow
from app.core.record.fields import code_label
from app.core.record.schemas import Form
from app.docs_generator import workflow_page
from app.security.roles import R, default_rights, role_label

TESTS = Path(__file__).resolve().parents[1]
CHINESE = re.compile(r"[\u4e00-\u9fff]|^--$")
FLOWS = [pytest.param(flow, id=model_name(model)) for model, flow in WORKFLOWS.items()]
WITH_STATES = [pytest.param(flow, id=model_name(model)) for model, flow in WORKFLOWS.items() if flow.states]
STEPS = [
    pytest.param(flow, step, id=f"{model_name(model)}-{step.action}")
    for model, flow in WORKFLOWS.items()
    for step in flow.rows.values()
]


class Paper:
    """A document reduced to its state: all that right and state are asked about."""

    def __init__(self, state: Any) -> None:
        self.state = state

    def __str__(self) -> str:
        return "DD202611240001"


@cache
def person_of(role: R) -> Actor:
    """Somebody with one role and the rights it is seeded with."""
    rights = frozenset((f"can_{right}", subject) for name, right, subject in default_rights() if name == role)
    return Actor(1, "somebody", frozenset({str(role)}), rights, str(role))


@cache
def tripped_in_tests() -> set[tuple[str, str]]:
    """(model, guard) of every `tripped(Model, "guard")` in the tests.

    tests/plugins/trips.py sees to it that they hold.
    """
    found = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tripped":
                model, guard = node.args
                assert isinstance(model, ast.Name)
                assert isinstance(guard, ast.Constant)
                found.add((model.id, str(guard.value)))
    return found


def is_shared(guard: Any) -> bool:
    """Whether the guard belongs to what all documents share: one story that trips it stands for all of them."""
    return str(guard.__module__).startswith("app.workflows.document.")


@pytest.mark.parametrize("flow", WITH_STATES)
def test_every_state_of_a_document_can_be_reached(flow: Workflow) -> None:
    assert flow.states is not None
    assert reachable_states(flow) == set(flow.states)


@pytest.mark.parametrize("flow", WITH_STATES)
def test_a_step_names_only_states_of_its_own_document(flow: Workflow) -> None:
    assert flow.states is not None
    named = {state for step in flow.rows.values() for state in (*step.sources, *step.targets)}
    assert named <= set(flow.states)
    assert flow.initial in set(flow.states)


@pytest.mark.parametrize(("flow", "step"), STEPS)
@pytest.mark.parametrize("role", list(R))
def test_outside_its_table_a_step_is_refused_for_right_or_state(flow: Workflow, step: Step, role: R) -> None:
    """Every state × action × role that has no row, asked of the engine itself."""
    actor = person_of(role)
    for state in flow.states or [None]:
        document = Paper(state)
        if role not in step.roles:
            assert [refusal.code for refusal in flow.refusals(document, step, actor)] == ["not_allowed"]
        elif step.sources and state not in step.sources:
            assert [refusal.code for refusal in flow.refusals(document, step, actor)] == ["wrong_state"]


@pytest.mark.parametrize(("flow", "step"), STEPS)
def test_an_action_is_offered_only_to_whom_and_where_the_table_says(flow: Workflow, step: Step) -> None:
    """Buttons come from the same rows: nobody is offered what the engine would refuse for right or state."""
    bare = Step(step.action, step.sources, step.targets or None, step.roles, label=step.label)
    only = object.__new__(Workflow)
    only.model, only.states, only.manual = flow.model, flow.states, flow.manual
    only.rows = only.steps = {} if step.by_system else {step.action: bare}
    for role in R:
        for state in flow.states or [None]:
            offered = bool(only.offers(Paper(state), person_of(role)))
            assert offered == (role in step.roles and (not step.sources or state in step.sources))


@pytest.mark.parametrize("flow", FLOWS)
def test_every_guard_of_a_workflow_is_tripped_by_some_story(flow: Workflow) -> None:
    guards = {(flow.model.__name__, guard.__name__) for step in flow.rows.values() for guard in step.guards}
    shared = {guard.__name__ for step in flow.rows.values() for guard in step.guards if is_shared(guard)}
    tripped_anywhere = {guard for _model, guard in tripped_in_tests()}
    missing = sorted(
        (model, guard)
        for model, guard in guards - tripped_in_tests()
        if guard not in shared or guard not in tripped_anywhere
    )
    assert not missing, (
        "A guard nobody has seen refuse may as well not be there. Tell the story in tests/<area>/ and write "
        f'`with tripped(Model, "guard"):` around the refused step: {missing}'
    )


def test_no_story_trips_a_guard_that_does_not_exist() -> None:
    known = {
        (flow.model.__name__, guard.__name__)
        for flow in WORKFLOWS.values()
        for step in flow.rows.values()
        for guard in step.guards
    }
    assert tripped_in_tests() <= known


@pytest.mark.parametrize(("flow", "step"), STEPS)
def test_every_row_of_a_table_is_complete(flow: Workflow, step: Step) -> None:
    assert bool(step.roles) != step.by_system, "people take a step, or the system does"
    assert set(step.roles) <= set(R)
    assert len(step.targets) < 2 or step.decide is not None, "two targets, and nothing decides"
    assert step.form is None or issubclass(step.form, Form)
    assert all(guard.__doc__ for guard in step.guards), "a guard says in its docstring what fact it is"
    assert all(effect.__doc__ for effect in step.effects), "an effect says in its docstring what it does"
    assert list(moves(flow, step)) or flow.states is None


@pytest.mark.parametrize("flow", FLOWS)
def test_every_label_of_a_workflow_is_chinese_on_a_chinese_screen(flow: Workflow, app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        labels = {step.action: str(step.label) for step in flow.rows.values()}
        labels |= {str(state): code_label(state) for state in flow.states or ()}
        labels |= {role: role_label(role) for step in flow.rows.values() for role in step.roles}
        for step in flow.rows.values():
            fields = step.form._declared_fields if step.form else {}
            labels |= {f"{step.action}.{name}": str(field.metadata.get("label", "")) for name, field in fields.items()}
        missing = {name: label for name, label in labels.items() if not CHINESE.search(label)}
    assert not missing


@pytest.mark.parametrize("flow", WITH_STATES)
def test_the_diagram_shows_every_state_and_every_step(flow: Workflow, app: Flask) -> None:
    with app.test_request_context(), force_locale("zh"):
        drawn = state_diagram(flow)
        told = workflow_page(flow)
    for state in flow.states or ():
        assert f" as {state.value}" in drawn
    for step in flow.rows.values():
        for source, target in moves(flow, step):
            assert f"{source.value} --> {target.value}" in drawn
        assert f"`{step.action}`" in told
        assert all(f"`{part.__name__}` — " in told for part in (*step.guards, *step.effects))


def test_states_are_codes_whose_name_is_their_value() -> None:
    for flow in WORKFLOWS.values():
        if flow.states is not None:
            assert issubclass(flow.states, enum.StrEnum)
            assert all(state.name == state.value == state.value.lower() for state in flow.states)
