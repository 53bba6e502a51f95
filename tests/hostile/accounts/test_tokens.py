"""Nothing changes without the token of one's own session, and nothing at all by reading. quality R15; ASVS V3.5."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from tests.hostile.asking import Known, Route, Stranger, _alike, routes
from tests.hostile.state import State
from tests.support.everything import covering_people
from tests.support.office import signed_in
from tests.support.pages import Browser

CHANGING = ("POST", "PUT", "PATCH", "DELETE")
# They know nobody by a cookie: name and password, or a refresh token, are what they ask for.
BY_OTHER_MEANS = {"SecurityApi.login", "SecurityApi.refresh"}
NO_LONGER_VALID = "表单已失效"


def places(route: Route, known: Known, most: int = 1) -> list[str]:
    """Addresses of this route that name what is there, at most so many for each part."""
    found = [route.rule.rule]
    for part in re.findall(r"<[^>]+>", route.rule.rule):
        name = part.strip("<>").rpartition(":")[2]
        if name in ("pk", "row_id", "batch_id"):
            words = known.keys.get(route.base, ("1",))
        elif name == "action" and route.base in known.steps:
            words = known.steps[route.base]
        else:
            words = known.arguments.get(name, ("x",))
        found = [path.replace(part, word) for path in found for word in words[:most]]
    return found


def _forms(person: Stranger, known: Known) -> None:
    """What people's forms would send, by the address they go to."""
    bases = sorted(known.keys)
    pages = [f"/{base}/{page}" for base in bases for page in ("add", "quick", "list/")]
    records = [f"/{base}/{page}/{known.keys[base][0]}" for base in bases for page in ("edit", "show")]
    person.read_forms([*pages, *records, "/setting/", "/password"], known)
    person.read_bodies(known)


def _sent(route: Route, path: str, known: Known) -> dict[str, Any]:
    """A request as the product's own pages would make it, but for the token."""
    if path.startswith("/api/v1/"):
        return {"method": route.method, "json": known.bodies.get(path.split("/")[3], {})}
    pairs = known.forms.get(_alike(path), [])
    return {"method": route.method, "data": {name: value for name, value in pairs if name != "csrf_token"}}


def _is_refused(answer: Any, path: str) -> bool:
    """Whether it was refused because of its token and nothing else."""
    if path.startswith("/api/v1/"):
        return answer.status_code == 400 and answer.get_json()["code"] == "csrf"
    return answer.status_code == 400 and NO_LONGER_VALID in answer.get_data(as_text=True)


@pytest.fixture
def changing(lenient: Flask, known: Known) -> list[tuple[Route, str]]:
    return [(route, path) for route in routes(lenient) if route.method in CHANGING for path in places(route, known, 1)]


def test_without_its_own_token_no_request_changes_anything(
    lenient: Flask, known: Known, changing: list[tuple[Route, str]]
) -> None:
    """Every route that changes something, as somebody who may: no token, another session's, one that is none."""
    people = {login: Stranger(lenient, login) for login in covering_people()}
    for person in people.values():
        _forms(person, known)
    foreign = Stranger(lenient, "lin").token  # the same person, another browser
    state = State(lenient)
    let_in: list[str] = []
    for number, (route, path) in enumerate(changing):
        who = next((login for login in known.writers.get(route.base, ()) if login in people), "admin")
        for token in (None, foreign if number % 4 else "x" * 90):
            headers = {} if token is None else {"X-CSRFToken": token}
            sent = _sent(route, path, known)
            if token is not None and "data" in sent:
                sent["data"] |= {"csrf_token": token}
            with people[who].client.open(path, headers=headers, **sent) as answer:
                is_fine = 400 <= answer.status_code < 500 and (
                    route.rule.endpoint in BY_OTHER_MEANS or _is_refused(answer, path)
                )
                is_fine |= (path, answer.status_code) == ("/login/", 302)  # whoever is in is only sent on
            if not is_fine:
                let_in.append(f"{route} as {who} with {token}: {answer.status_code}")
    assert let_in == []
    assert state.changed() == []
    assert len(changing) > 150


def test_with_its_token_the_same_request_goes_further(
    lenient: Flask, known: Known, changing: list[tuple[Route, str]]
) -> None:
    """The other half: what was refused above was refused for its token alone."""
    admin = Stranger(lenient, "admin")
    _forms(admin, known)
    stopped = []
    for route, path in changing:
        if not admin.is_in():
            admin.sign_in()
        if route.rule.endpoint in BY_OTHER_MEANS:
            continue
        with admin.client.open(path, headers={"X-CSRFToken": admin.token}, **_sent(route, path, known)) as answer:
            if _is_refused(answer, path) or answer.status_code >= 500:
                stopped.append(f"{route}: {answer.status_code}")
    assert stopped == []


def test_a_token_in_the_address_counts_for_nothing(at: Any, office: Any) -> None:
    """Addresses stand in logs and in what other sites are told."""
    lin = at("lin")
    token = lin.open("/password").typed("csrf_token")
    state = State(lin.client.application)
    answer = lin.client.post(f"/customer/add?csrf_token={token}", data={"kind": "individual", "name": "无令牌"})
    assert answer.status_code == 400
    answer = lin.client.post(f"/api/v1/customer/?csrf_token={token}", json={"kind": "individual", "name": "无令牌"})
    assert answer.status_code == 400
    assert state.changed() == []


def test_a_cookie_of_one_and_a_token_of_another_are_nobody(lenient: Flask, office: Any) -> None:
    """Signing in gives another token: one read before it is worth nothing after."""
    client = lenient.test_client()
    before = Browser(client).open("/login/").typed("csrf_token")
    client = signed_in(lenient, "lin")
    state = State(lenient)
    assert (
        client.post("/customer/add", data={"csrf_token": before, "name": "甲", "kind": "individual"}).status_code == 400
    )
    assert state.changed() == []


# Reading


def _reading(app: Flask, known: Known) -> Iterator[str]:
    """Every address that can be read, with what is there; and every form's content sent as an address."""
    for route in routes(app):
        if route.method in ("GET", "HEAD") and "static" not in route.rule.endpoint:
            yield from places(route, known, 2 if known.forms else 1)
    if known.forms:
        for address, pairs in known.forms.items():
            yield f"{address}?{urlencode([(name, value) for name, value in pairs if name != 'csrf_token'])}"
        steps = ((base, known.keys[base][0], step) for base, steps in known.steps.items() for step in steps)
        yield from (f"/{base}/action/{key}/{step}" for base, key, step in steps)


@pytest.mark.parametrize("login", covering_people())
def test_reading_any_page_changes_nothing(lenient: Flask, known: Known, login: str) -> None:
    """Every address, and every page a link leads to."""
    person = Stranger(lenient, login)
    if login == covering_people()[0]:
        _forms(person, known)
    state = State(lenient)
    statuses: dict[int, int] = {}
    queue: list[str] = []
    changes = []
    for path in _reading(lenient, known):
        with person.client.get(path) as answer:
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if answer.mimetype == "text/html":
                queue += re.findall(r'href="(/[^"#]+)"', answer.get_data(as_text=True).replace("&amp;", "&"))
    found = [path for path in dict.fromkeys(queue) if "?" in path and not path.startswith("/static/")]
    for path in found[:60]:
        with person.client.get(path) as answer:
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
    changes = state.changed()
    assert changes == []
    assert statuses[200] > 60
    assert max(statuses) < 500
