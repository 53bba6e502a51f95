"""Rules over several rows are kept by whatever way a row is written, and told when they are broken."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.db.base import db, model_name
from app.core.db.unit_of_work import in_unit_of_work
from app.core.flow.over_rows import AtMost, NoCircle, OnlyOne, rules_of
from app.core.record.recycle import DeletedRecord, restore
from app.models.customers.customer import Contact, Customer
from app.models.stock.stock import Warehouse
from app.models.system.setting import DictionaryItem
from app.security.settings import set_setting
from app.workflows.customers.customer import HOT
from tests.support.everything import MODELS
from tests.support.office import refused

WORKFLOWS = Path(__file__).parents[3] / "app/workflows"
RULES = [
    pytest.param(rule, id=f"{model_name(model)}-{rule.attributes[0]}")
    for model in MODELS
    for rule in rules_of(model)
    if isinstance(rule, OnlyOne | NoCircle)
]


def written(*values: tuple[Any, str, Any]) -> None:
    """Write attributes of rows as no entry and no step does."""

    def work() -> None:
        with db.session.no_autoflush:
            for row, name, value in values:
                setattr(row, name, value)
        db.session.flush()

    in_unit_of_work(db.session(), work)


def brought_back(office: Any, who: str, row: Any) -> Any:
    """Delete a row and take it out of the recycle bin."""
    office.person(who).deletes(row)
    restorer = office.person("admin" if who == "admin" else "boss")
    return lambda: restorer.does(
        lambda session, actor: restore(session, session.scalars(sa.select(DeletedRecord)).one(), actor)
    )


def hot_customers(office: Any, count: int) -> list[Customer]:
    made = [office.customer("lin") for _n in range(count)]
    for customer in made:
        office.lin.fires("mark_hot", customer, reason="近期签约")
    return made


def test_what_comes_back_is_judged_like_what_is_new(office: Any) -> None:
    """fault F7: a hot customer was deleted, another one marked, and the first restored: eleven of ten."""
    office.admin.does(lambda session, _actor: set_setting(session, "hot_customer_limit", 2))
    first, second = hot_customers(office, 2)
    back = brought_back(office, "lin", first)
    hot_customers(office, 1)
    with refused("hot_limit"):
        back()
    db.session.rollback()
    office.lin.fires("unmark_hot", second)
    assert back().is_hot
    assert office.mismatches() == []


def test_a_hot_customer_is_not_handed_over_beyond_the_limit(office: Any) -> None:
    """fault F7: the limit is of whoever owns the customers, however a customer comes to them."""
    office.admin.does(lambda session, _actor: set_setting(session, "hot_customer_limit", 1))
    (first,) = hot_customers(office, 1)
    other = office.customer("zhou")
    office.zhou.fires("mark_hot", other, reason="近期签约")
    with refused("hot_limit"):
        written((other, "owner", first.owner))
    db.session.rollback()
    written((first, "owner", other.owner), (other, "owner", first.owner))


def test_a_restored_default_takes_it_from_nobody(office: Any) -> None:
    """fault F7: default items, main warehouses and primary contacts are one at most, from the recycle bin too."""
    customer = office.customer("lin")
    made = {
        "lin": office.contact(customer, is_primary=True),
        "admin": office.admin.creates(DictionaryItem, dictionary="unit", label="筐", is_default=True),
    }
    for who, row in made.items():
        model, mark = (Contact, "is_primary") if who == "lin" else (DictionaryItem, "is_default")
        back = brought_back(office, who, row)
        assert getattr(back(), mark), "nobody else has it"
        again = office.person(who)
        row = db.session.get_one(model, row.id)
        back = brought_back(office, who, row)
        values = {"customer": customer, "name": "李"} if who == "lin" else {"dictionary": "unit", "label": "篓"}
        other = again.creates(model, **values, **{mark: True})
        assert not getattr(back(), mark)
        assert getattr(other, mark)
    assert office.mismatches() == []


def test_another_main_warehouse_takes_the_mark_away(office: Any) -> None:
    """fault F7: also where a row is written past its entry."""
    shop = office.warehouse("SHOP")
    written((shop, "is_main", True))
    assert [place.code for place in db.session.scalars(sa.select(Warehouse).where(Warehouse.is_main))] == ["SHOP"]


def test_two_rows_marked_in_one_save_are_refused(office: Any) -> None:
    """fault F7: neither of them could give way."""
    customer = office.customer("lin")
    first, second = office.contact(customer), office.contact(customer)
    with refused("only_one"):
        written((first, "is_primary", True), (second, "is_primary", True))


@pytest.mark.parametrize("rule", RULES)
def test_verify_names_each_broken_rule(furnished: dict[str, int], office: Any, rule: Any) -> None:
    """fault F7: what was written past the rules shows in `crm verify`."""
    table = rule.model.__table__
    assert not [line for line in office.mismatches() if table.name in line]
    if isinstance(rule, NoCircle):
        values = {rule.attributes[-1]: table.c.id}
    else:
        one = {f"{name}_id": 1 for name in rule.per if f"{name}_id" in table.c}
        values = {rule.mark: True, **one}
    db.session.execute(sa.update(table).values(values))
    assert [line for line in rule.mismatches(db.session()) if line.startswith(table.name)]
    db.session.rollback()


def test_a_rule_speaks_of_the_rows_it_is_about(furnished: dict[str, int], office: Any) -> None:
    """A limit may be lowered below what there is: it is no fault then, and binds whoever marks the next one."""
    office.admin.does(lambda session, _actor: set_setting(session, "hot_customer_limit", 2))
    hot_customers(office, 2)
    office.admin.does(lambda session, _actor: set_setting(session, "hot_customer_limit", 1))
    assert list(HOT.mismatches(db.session())) == []
    assert isinstance(HOT, AtMost)
    assert HOT.no_room(db.session(), office.customer("lin")) is not None


# Rules that are written by hand


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(WORKFLOWS.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def writes_beside(method: ast.FunctionDef) -> list[int]:
    """Lines of a `prepare` that write on something else than the row that is saved."""
    own = {"self", *(argument.arg for argument in method.args.args)}
    targets = [
        (node.lineno, target)
        for node in ast.walk(method)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for one in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for target in (one.elts if isinstance(one, ast.Tuple) else [one])
    ]
    return [
        line
        for line, target in targets
        if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id not in own
    ]


def reads_of_its_own_model(guard: ast.FunctionDef) -> bool:
    """Whether a guard counts or looks for other rows of the model it is asked about."""
    first = guard.args.args[0].annotation if guard.args.args else None
    answers = guard.returns
    if not isinstance(first, ast.Name) or answers is None or ast.unparse(answers) != "AppError | None":
        return False
    selects = [n for n in ast.walk(guard) if isinstance(n, ast.Call) and ast.unparse(n.func).endswith("select")]
    return any(isinstance(n, ast.Name) and n.id == first.id for call in selects for n in ast.walk(call))


def test_no_prepare_writes_on_other_rows_and_no_guard_counts_them() -> None:
    """fault F7: such a rule held for one person at a time; it is declared in `core/flow/over_rows.py` instead."""
    wrong = []
    for path, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "prepare":
                wrong += [f"{path.name}:{line}" for line in writes_beside(node)]
            if isinstance(node, ast.FunctionDef) and reads_of_its_own_model(node):
                wrong.append(f"{path.name}:{node.lineno} {node.name}")
    assert not wrong, "Declare a rule over several rows: " + ", ".join(wrong)


def test_rules_that_are_written_by_hand_are_found() -> None:
    prepare = ast.parse("def prepare(self, row):\n    row.a = 1\n    for other in rows:\n        other.a = 0")
    guard = ast.parse("def room(row: Customer, actor: Actor) -> AppError | None:\n    return sa.select(Customer.id)")
    assert writes_beside(prepare.body[0]) == [4]  # type: ignore[arg-type]
    assert reads_of_its_own_model(guard.body[0])  # type: ignore[arg-type]
