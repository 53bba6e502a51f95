"""Whatever stands in a text, it is shown as text: on pages, on paper, in workbooks, in JSON. quality R17; ASVS V1.2."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask import Flask

from app.core.paper import paper_of
from app.printing import pdf
from tests.hostile.accounts.test_tokens import places
from tests.hostile.asking import Known, Stranger, routes
from tests.hostile.conftest import base_of
from tests.hostile.markup import PAYLOADS, injected, mixed, poison
from tests.support.everything import REPORTS, VIEWS, covering_people
from tests.support.office import signed_in


@pytest.fixture
def poisoned(lenient: Flask, known: Known) -> Known:
    """A furnished firm whose every text is hostile."""
    admin = Stranger(lenient, "admin")
    named = admin.client.post("/setting/", data=_setting(admin))
    assert named.status_code == 303
    with lenient.app_context():
        assert poison() > 300
    return known


def _setting(admin: Stranger) -> dict[str, str]:
    known = Known({}, {}, (), {}, {})
    admin.read_forms(["/setting/"], known)
    pairs = dict(known.forms["/setting/"])
    return {**pairs, "company_name": PAYLOADS[6] + PAYLOADS[0], "csrf_token": admin.token}


def _type_faults(answer: Any) -> list[str]:
    """What is neither page nor picture must not be taken for a page."""
    if answer.headers.get("X-Content-Type-Options") != "nosniff":
        return ["no nosniff"]
    policy = answer.headers.get("Content-Security-Policy", "")
    return [] if "script-src 'self'" in policy or "default-src 'none'" in policy else [f"policy {policy!r}"]


@pytest.mark.parametrize("login", covering_people())
def test_no_text_becomes_markup(lenient: Flask, poisoned: Known, login: str) -> None:
    """Every address that can be read; parts of pages that scripts fetch among them."""
    client = signed_in(lenient, login)
    faults, pages, shown = [], 0, 0
    for route in routes(lenient):
        if route.method != "GET" or "static" in route.rule.endpoint:
            continue
        for path in places(route, poisoned, 2 if login == covering_people()[0] else 1):
            for headers in ({}, {"X-Fragment": "1"}) if "/tab/" in path else ({},):
                with client.get(path, headers=headers) as answer:
                    faults += [f"{path}: {fault}" for fault in _type_faults(answer)]
                    if path.startswith(("/api/v1/", "/pick/")) and answer.mimetype != "application/json":
                        faults.append(f"{path}: {answer.mimetype}")
                    if answer.mimetype == "text/html":
                        text = answer.get_data(as_text=True)
                        pages, shown = pages + 1, shown + ("data-xss" in text)
                        faults += [f"{path}: {found}" for found in injected(text)]
                    if answer.status_code >= 500:
                        faults.append(f"{path}: {answer.status_code}")
    assert faults == []
    assert pages > 40
    assert shown > 20, "the payloads are on the pages"


def test_html_in_json_is_escaped_too(lenient: Flask, poisoned: Known) -> None:
    """The short form of a picker comes as HTML within JSON, with what was typed in it."""
    quick = [rule.rule for rule in lenient.url_map.iter_rules() if rule.rule.endswith("/quick")]
    shown = 0
    for login in covering_people():
        client = signed_in(lenient, login)
        for path in quick:
            for payload in PAYLOADS:
                answer = client.get(path, query_string={"text": payload})
                if answer.status_code != 200:
                    break
                assert injected(answer.get_json()["html"]) == [], (path, payload)
                shown += 1
    assert shown >= len(PAYLOADS) * 2


def test_what_was_typed_and_refused_comes_back_as_text(lenient: Flask, poisoned: Known) -> None:
    lin = Stranger(lenient, "lin")
    for n in range(0, len(PAYLOADS), 2):
        typed = mixed(n, 0, 300)
        names = ("name", "kind", "phone", "remark", "parent", "headcount", "owner", "version", "form_token")
        body = {**dict.fromkeys(names, typed), "csrf_token": lin.token, "name": ""}
        answer = lin.client.post("/customer/add", data=body)
        assert (answer.status_code, injected(answer.get_data(as_text=True))) == (422, []), typed
        for path in ("/customer/list/", "/search", "/audit/list/", "/call/"):
            page = lin.client.get(path, query_string={"q": typed, "number": typed, "view": typed, "sort": typed})
            assert injected(page.get_data(as_text=True)) == [], (path, typed)
        missing = lin.client.get("/" + typed.replace("/", "").replace("\n", ""))
        assert injected(missing.get_data(as_text=True)) == []


def test_a_sign_in_refused_shows_the_name_as_text(lenient: Flask, office: Any) -> None:
    from app.core.db.base import db
    from tests.support.pages import Browser

    db.session.remove()
    for payload in PAYLOADS[::4]:
        page = Browser(lenient.test_client()).fill("/login/", username=payload, password="wrong-password-1")
        assert injected(page.text) == [], payload


def test_paper_shows_text_as_text(lenient: Flask, poisoned: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTML that is printed, and the PDF itself asks for nothing."""
    printed: list[str] = []
    real = pdf.render_template

    def kept(template: str, **values: Any) -> str:
        printed.append(real(template, **values))
        return printed[-1]

    monkeypatch.setattr(pdf, "render_template", kept)
    client = signed_in(lenient, "boss")
    models = [model for model in VIEWS if paper_of(model)]
    paths = [f"{VIEWS[model].route_base}/pdf/{poisoned.keys[base_of(model)][0]}" for model in models]
    assert len(paths) > 2
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert answer.mimetype == "application/pdf"
        assert answer.get_data()[:5] == b"%PDF-"
        assert b"/JavaScript" not in answer.get_data()
    papers = [html for html in printed if "<html" in html]
    assert len(papers) == len(paths)
    for html in papers:
        assert "data-xss" in html
        assert injected(html) == []


def test_workbooks_hold_text_and_no_formula(lenient: Flask, poisoned: Known) -> None:
    """Each list that can be taken, and each report: what begins like a formula is a string."""
    seen, told = 0, ""
    for login in covering_people():
        person = Stranger(lenient, login)
        for base in sorted(poisoned.keys):
            answer = person.client.post(f"/{base}/list/export", data={"csrf_token": person.token})
            told += (text := _plain_workbook(answer))
            seen += bool(text)
        for name, report in REPORTS.items():
            answer = person.client.post(
                f"/report/{name}/workbook", query_string=dict.fromkeys(report.required, "1"),
                data={"csrf_token": person.token},
            )  # fmt: skip
            told += (text := _plain_workbook(answer))
            seen += bool(text)
    assert seen > 8
    assert ">=HYPERLINK(" in told, "some begin like a formula"


def _plain_workbook(answer: Any) -> str:
    """The parts of a workbook one after the other; nothing where there is none."""
    content = answer.get_data()
    if not content.startswith(b"PK"):
        assert answer.status_code in (302, 303, 403, 404, 405, 422)
        return ""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        parts = {name: book.read(name).decode() for name in names if name.endswith((".xml", ".rels"))}
    assert not any("vba" in name or "externalLink" in name for name in names)
    for name, part in parts.items():
        assert "<f>" not in part, name
        assert "<f " not in part, name
        assert "hyperlink" not in part, name
        assert "<xss-x" not in part, name
    return "".join(parts.values())
