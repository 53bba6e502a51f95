"""What somebody may not see they cannot change, and cannot put into what is theirs. quality R10; ASVS V8.2."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db.base import db, model_name
from app.core.flow.workflow import WORKFLOWS
from app.core.record.entry import ENTRIES
from app.core.record.fields import Field, fields_of
from app.models.customers.customer import Contact, Customer
from app.models.sales.sales_order import SalesOrder
from app.models.stock.goods_issue import GoodsIssue
from app.models.system.user import AppUser
from app.rest.resources import resources
from app.screens.document.document_view import DocumentView
from app.screens.list.address import public_name
from app.security.accounts.people import actor_named
from app.security.policy import is_below, may_name
from tests.hostile.asking import Known, Stranger, routes
from tests.hostile.sent import first, hidden_keys, sent_document, typed
from tests.hostile.state import State
from tests.support.everything import VIEWS, distinct_people
from tests.support.office import Api
from tests.support.pages import Browser

REFUSED = (400, 403, 404, 405, 409, 422)
# Beside one person of each kind, one who differs from 林晓 in nothing but whose rows they are.
STRANGERS = (*distinct_people(), "zhou")
AS_OWNER = {"owner"}  # whoever they name here must be themselves or below them


@pytest.fixture
def firm(office: Any, furnished: dict[str, int]) -> None:
    """Beside lin's rows: some of zhou's own, and goods that leave a warehouse nobody keeps."""
    product = office.product(price="7")
    customer = office.customer("zhou", name="苏州周记")
    office.contact(customer, owner="zhou", name="周小姐")
    office.order("zhou", [(product, "1")], customer=customer)
    approved = office.approved("zhou", [(product, "2")], customer=customer)
    office.zhou.fires("plan", approved, instalments=1, first_on="2026-12-01")
    other = office.approved("lin", [(product, "3")])
    office.lin.fires("issue", other, warehouse=office.warehouse("SHOP").id)
    db.session.remove()


# Rows of others, addressed


@pytest.mark.parametrize("login", STRANGERS)
def test_a_row_that_is_not_seen_cannot_be_addressed(lenient: Flask, known: Known, firm: None, login: str) -> None:
    """Every route that changes a row, by page and REST, for up to three hidden rows of each model."""
    with lenient.app_context():
        hidden = {VIEWS[model].route_base.strip("/"): hidden_keys(model, login)[-3:] for model in VIEWS}
        db.session.remove()
    owner, person = Stranger(lenient, "lin"), Stranger(lenient, login)
    paths = [f"/{base}/{page}/{key}" for base, keys in hidden.items() for key in keys for page in ("show", "edit")]
    owner.read_forms(paths, known)
    owner.read_bodies(known)
    state = State(lenient)
    let_in, asked = [], 0
    for route in routes(lenient):
        if route.method not in ("POST", "PUT", "DELETE") or not re.search(r"<(int:)?pk>", route.rule.rule):
            continue
        for key in hidden.get(route.base, ()):
            for action in known.steps.get(route.base, ("delete",)) if "<action>" in route.rule.rule else ("",):
                path = re.sub(r"<(int:)?pk>", str(key), route.rule.rule).replace("<action>", action)
                status = _sent(person, route.method, path, known)
                asked += 1
                if status not in REFUSED:
                    let_in.append(f"{route.method} {path}: {status}")
    assert let_in == []
    assert state.changed() == []
    # A general manager is hidden nothing but the messages of others; each row has six ways at least.
    assert asked >= min(40, 6 * sum(len(keys) for keys in hidden.values()))


def _sent(person: Stranger, method: str, path: str, known: Known) -> int:
    """The owner's own form or body, sent by somebody else."""
    headers = {"X-CSRFToken": person.token}
    if path.startswith("/api/"):
        body = known.bodies.get(path.split("/")[3], {}) if method == "PUT" else {"reason": "x"}
        return person.client.open(path, method=method, json=body, headers=headers).status_code
    form = dict(known.forms.get(re.sub(r"\d+", "0", path)) or [("reason", "x"), ("version", "1")])
    return person.client.open(path, method=method, data=form | {"csrf_token": person.token}).status_code


def test_files_and_chosen_rows_of_others_stay_as_they_are(lenient: Flask, known: Known, firm: None) -> None:
    """Attachments name their record in the address, bulk steps in the form."""
    person = Stranger(lenient, "zhou")
    with lenient.app_context():
        hidden = {model: hidden_keys(model, "zhou") for model in VIEWS}
        db.session.remove()
    state = State(lenient)
    let_in = []
    for model, keys in hidden.items():
        for key in keys[:2]:
            for door in ("add", "send"):
                sent = {"csrf_token": person.token, "file": (io.BytesIO(b"%PDF-1.4 x"), "a.pdf")}
                status = person.client.post(f"/attachment/{door}/{model_name(model)}/{key}", data=sent).status_code
                let_in += [f"{door} {model_name(model)}/{key}: {status}"] if status not in REFUSED else []
        base = VIEWS[model].route_base
        for action in known.steps.get(base.strip("/"), ()):
            person.client.post(
                f"{base}/list/bulk/{action}", data={"csrf_token": person.token, "id": keys, "reason": "x"}
            )
    person.client.post("/attachment/delete/1", data={"csrf_token": person.token})
    assert let_in == []
    assert state.changed() == []
    assert len([keys for keys in hidden.values() if keys]) > 6


# Rows of others, named in one's own


def _references(model: type[Any]) -> list[Field]:
    """Fields of a form that hold rows of another model."""
    fields = fields_of(model)
    found = [fields[name] for name in ENTRIES[model].writable if name in fields]
    return [field for field in found if field.kind.is_relation or field.kind.is_several]


def _forbidden(described: Field, model: type[Any], login: str) -> list[int]:
    """Keys this person may not put into this field: of rows they do not see, and of people beside and above them."""
    actor = actor_named(db.session(), login)
    target = described.target or model
    if described.name in AS_OWNER:
        people = db.session.scalars(sa.select(AppUser.id)).all()
        return [key for key in people if not is_below(db.session(), key, actor)][:3]
    return [] if may_name(model, described.name, actor) else hidden_keys(target, login)[-2:]


def _cases(login: str) -> list[tuple[type[Any], str, int, int]]:
    """(model, field, key it must not take, key of an own row) for whatever this person makes or changes."""
    found = []
    actor = actor_named(db.session(), login)
    for model, view in VIEWS.items():
        if model not in ENTRIES or not view.can_add or not actor.may("create", model):
            continue
        own = _own(model, login)
        for described in _references(model) if own is not None else ():
            found += [(model, described.name, key, own.id) for key in _forbidden(described, model, login)]
    return found


def _own(model: type[Any], login: str) -> Any:
    """A row of this person's that is still open to change."""
    flow = WORKFLOWS.get(model)
    conditions = [model.state == flow.initial] if flow is not None and flow.states else []
    return first(model, login, *conditions)


def test_a_row_that_is_not_seen_cannot_be_named_over_rest(lenient: Flask, api_as: Any, firm: None) -> None:
    """Each reference of each resource, in a body that is otherwise what was read: on creation and on change."""
    names = {resource.model: resource.name for resource in resources()}
    let_in, asked = [], set()
    for login in STRANGERS:
        with lenient.app_context():
            cases = _cases(login)
            db.session.remove()
        api = api_as(login)
        state = State(lenient)
        for model, name, key, own in cases:
            base = names.get(model)
            if base is None:
                continue
            asked.add((model, name))
            read = api.get(f"{base}/{own}")[1]["result"]
            value = [key] if fields_of(model)[name].kind.is_several else key
            fresh = {member: each for member, each in read.items() if member not in ("id", "version")}
            fresh |= {"lines": [_without_id(line) for line in read["lines"]]} if "lines" in read else {}
            for answer in (
                api.put(f"{base}/{own}", {public_name(name): value}),
                api.post(f"{base}/", {**fresh, public_name(name): value, **({"name": "新"} if "name" in read else {})}),
            ):
                if answer[0] not in (403, 404, 405, 422):  # 405: people are not written over REST
                    let_in.append(f"{login} {base}.{name} = {key}: {answer[0]}")
        assert (let_in, state.changed()) == ([], [])
    assert {(Customer, "parent"), (Contact, "customer"), (SalesOrder, "customer"), (SalesOrder, "contact")} <= asked
    assert {(Customer, "owner"), (SalesOrder, "owner")} <= asked


def _without_id(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if name != "id"}


def test_a_row_that_is_not_seen_cannot_be_named_in_a_form(lenient: Flask, at: Any, firm: None) -> None:
    """The same by the pages: add, the short form of pickers, and the form of documents."""
    let_in = []
    for login in STRANGERS:
        with lenient.app_context():
            cases = _cases(login)
            own = {(model, key): _typed(model, key, login) for model, _name, _bad, key in cases}
            db.session.remove()
        browser: Browser = at(login)
        token = browser.open("/password").typed("csrf_token")
        state = State(lenient)
        for model, name, key, own_key in cases:
            base = VIEWS[model].route_base
            form = own[model, own_key]
            if issubclass(VIEWS[model], DocumentView):
                head = {**form["head"], public_name(name): [str(key)]}
                statuses = [_document_status(browser, base, {**form, "head": head}, token)]
            else:
                statuses = _form_statuses(browser, base, public_name(name), {**form, public_name(name): [str(key)]})
            let_in += [f"{login} {base} {name} = {key}: {s}" for s in statuses if s not in (403, 404, 422)]
        assert (let_in, state.changed()) == ([], [])


def _typed(model: type[Any], key: int, login: str) -> dict[str, Any]:
    """What the form of the model would send to make another row like this one."""
    row = db.session.get_one(model, key)
    return sent_document(row, login) if issubclass(VIEWS[model], DocumentView) else typed(model, row)


def _form_statuses(browser: Browser, base: str, name: str, form: dict[str, list[str]]) -> list[int]:
    """What the long form and the short one say, where they have the field."""
    found = []
    pairs = browser.open(f"{base}/add").form()
    for path in (f"{base}/add", f"{base}/quick"):
        if path.endswith("quick") and f'name="{name}"' not in (browser.client.get(path).get_json() or {}).get(
            "html", ""
        ):
            continue
        new = {"name": "新的"} if "name" in form else {}
        changes: dict[str, Any] = {**form, **new, "form_token": f"t{len(found)}"}
        found.append(browser.send(path, pairs, **changes).status)
    return found


def _document_status(browser: Browser, base: str, body: dict[str, Any], token: str) -> int:
    answer = browser.client.post(f"{base}/save", json=body | {"form_token": "x" * 20}, headers={"X-CSRFToken": token})
    return answer.status_code


def test_the_same_forms_without_the_foreign_key_are_taken(lenient: Flask, at: Any, api_as: Any, firm: None) -> None:
    """The other half: what was refused above was refused for the one key."""
    with lenient.app_context():
        rows = {model: _typed(model, _own(model, "zhou").id, "zhou") for model in (Customer, Contact, SalesOrder)}
        contact = first(Contact, "zhou").customer_id
        db.session.remove()
    zhou = at("zhou")
    token = zhou.open("/password").typed("csrf_token")
    assert contact
    for model in (Customer, Contact):
        base = VIEWS[model].route_base
        for path in (f"{base}/add", f"{base}/quick"):
            form: dict[str, Any] = {**rows[model], "name": f"新的{path}", "form_token": path}
            assert zhou.send(path, zhou.open(f"{base}/add").form(), **form).status in (200, 303), path
    assert _document_status(zhou, VIEWS[SalesOrder].route_base, rows[SalesOrder], token) == 200


def test_lines_of_other_documents_are_no_lines_of_ones_own(lenient: Flask, api_as: Any, firm: None) -> None:
    """In an order that is changed, and in what a step asks line by line."""
    with lenient.app_context():
        session = db.session()
        mine = {order.id: [line.id for line in order.lines] for order in session.scalars(sa.select(SalesOrder))}
        draft = first(SalesOrder, "zhou", SalesOrder.state == "draft").id
        approved = first(SalesOrder, "zhou", SalesOrder.state == "approved").id
        issue = first(GoodsIssue, "keeper", GoodsIssue.state != "cancelled").id
        places = {line.id for line in session.get_one(GoodsIssue, issue).lines}
        foreign = [line.id for row in session.scalars(sa.select(GoodsIssue)) for line in row.lines]
        db.session.remove()
    zhou: Api = api_as("zhou")
    keeper: Api = api_as("keeper")
    state = State(lenient)
    others = [line for key, lines in mine.items() if key not in (draft, approved) for line in lines]
    for line in others:
        assert zhou.put(f"sales_order/{draft}", {"lines": [{"id": line, "quantity": "1"}]})[0] in (404, 422)
        answer = zhou.post(f"sales_order/{approved}/issue", {"lines": [{"id": line, "quantity": "1"}]})
        assert answer[0] in (404, 422), answer
    for line in set(foreign) - places:
        for step in ("confirm", "ship"):
            answer = keeper.post(f"goods_issue/{issue}/{step}", {"lines": [{"id": line, "quantity": "0"}]})
            assert answer[0] in (404, 409, 422), answer
    assert state.changed() == []
    assert len(others) > 3
