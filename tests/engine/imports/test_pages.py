"""The pages of imports: template, upload, check, import, refused rows, taking back; who may; once. quality.md R3."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import jobs
from app.core.db.base import db
from app.core.jobs.jobs import Job
from app.core.sheets.columns import FAULT_HEADING
from app.core.sheets.open_sheet import open_sheet
from app.models.customers.customer import Customer
from app.models.system.import_batch import ImportBatch
from tests.support.workbooks import CUSTOMER_HEADINGS, company, customers, demo, person

ClientAs = Callable[[str], FlaskClient]


def secrets(page: str) -> dict[str, str]:
    """The hidden tokens of the first form that saves."""
    form = re.search(r'<form[^>]*action="/import/[^"]*".*?</form>', page, re.DOTALL)
    assert form, "there is no import form on the page"
    return {name: value for name, value in re.findall(r'name="(csrf_token|form_token|kind)" value="([^"]*)"', form[0])}


def sent(client: FlaskClient, content: bytes, kind: str = "customers", name: str = "客户.xlsx", **more: str) -> Any:
    tokens = secrets(client.get("/import/").get_data(as_text=True))
    data = {**tokens, "kind": kind, "file": (io.BytesIO(content), name), **more}
    return client.post("/import/upload", data=data, content_type="multipart/form-data")


def run_jobs(app: Flask) -> None:
    with app.app_context():
        while jobs.run_next():
            pass


def pressed(client: FlaskClient, address: str, action: str, **more: str) -> Any:
    tokens = secrets(client.get(address).get_data(as_text=True))
    return client.post(f"{address}/{action}", data={**tokens, **more})


def customers_on_file(app: Flask) -> int:
    with app.app_context():
        found: int = db.session.execute(sa.select(sa.func.count()).select_from(Customer)).scalar_one()
        return found


def test_a_file_goes_from_upload_to_import_and_back(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    answer = sent(client, demo("customers.xlsx"))
    assert answer.status_code == 303
    address = answer.headers["Location"]
    assert client.get(f"{address}/status").get_json()["busy"] is True
    assert f'data-status="{address}/status"' in client.get(address).get_data(as_text=True)
    run_jobs(app)
    assert client.get(f"{address}/status").get_json() == {
        "state": "checked",
        "busy": False,
        "done": 1200,
        "total": 1200,
    }
    page = client.get(address).get_data(as_text=True)
    assert ">1,183<" in page
    assert 'href="' + address + "?code=duplicate_name#found-faults" in page
    assert customers_on_file(app) == 0
    assert pressed(client, address, "run", mode="valid").status_code == 303
    run_jobs(app)
    assert customers_on_file(app) == 1183
    assert pressed(client, address, "revert").status_code == 303
    run_jobs(app)
    assert customers_on_file(app) == 0
    assert client.get(f"{address}/status").get_json()["state"] == "reverted"


def test_faults_are_filtered_by_kind_and_turned_page_by_page(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    rows = [*(company(f"坏{n}", mobile="1") for n in range(130)), company("", mobile="13800000001")]
    address = sent(client, customers(*rows)).headers["Location"]
    run_jobs(app)
    only = client.get(f"{address}?code=no_name").get_data(as_text=True)
    assert ('data-l="行">132</td>' in only, 'data-l="行">2</td>' in only) == (True, False)
    first = client.get(f"{address}?code=bad_mobile").get_data(as_text=True)
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = client.get(following[1].replace("&amp;", "&")).get_data(as_text=True)
    assert ('data-l="行">102</td>' in second, 'data-l="行">101</td>' in second) == (True, False)
    assert client.get(f"{address}?after=x.y&code=" + "z" * 500).status_code == 200


def test_refused_rows_come_as_a_file_that_can_be_sent_again(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    address = sent(client, customers(company("甲"), company("乙", mobile="1"))).headers["Location"]
    run_jobs(app)
    answer = client.get(f"{address}/refused")
    assert "attachment" in answer.headers["Content-Disposition"]
    sheet = open_sheet(answer.data, "a.xlsx")
    assert sheet.headings == [*CUSTOMER_HEADINGS, FAULT_HEADING]
    assert [row.values[1] for row in sheet.rows()] == ["乙"]
    again = sent(client, answer.data)
    assert again.status_code == 303


def test_each_template_comes_to_who_may_import_it(client_as: ClientAs) -> None:
    for login, kind in (("admin", "customers"), ("product", "products"), ("keeper", "opening_stock")):
        answer = client_as(login).get(f"/import/template/{kind}")
        assert open_sheet(answer.data, "a.xlsx").size == 0
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_keeper_chooses_the_warehouse_on_upload(app: Flask, client_as: ClientAs) -> None:
    from tests.stock.test_stock_import import STOCK_HEADINGS
    from tests.support.workbooks import workbook

    client = client_as("keeper")
    page = client.get("/import/").get_data(as_text=True)
    places = re.findall(r'<option value="(\d+)">', page)
    assert len(places) == 2
    content = workbook(STOCK_HEADINGS, [["无", "x", "y", 1]])
    answer = sent(client, content, "opening_stock", warehouse=places[0])
    assert answer.status_code == 303
    assert sent(client, content, "opening_stock").status_code == 422
    assert sent(client, content, "opening_stock", warehouse="9" * 30).status_code == 422


@pytest.mark.parametrize("login", ["lin", "boss", "finance", "service"])
def test_who_may_import_nothing_gets_no_page_and_no_template(client_as: ClientAs, login: str) -> None:
    client = client_as(login)
    assert client.get("/import/").status_code == 403
    assert client.get("/import/template/customers").status_code == 403


def test_one_kind_of_right_opens_no_other_kind(client_as: ClientAs) -> None:
    client = client_as("product")
    assert sent(client, customers(person("王明")), "customers").status_code == 403
    assert client.get("/import/template/customers").status_code == 403
    assert client.get("/import/template/nothing").status_code == 404


def test_a_batch_of_somebody_else_does_not_exist(app: Flask, client_as: ClientAs) -> None:
    address = sent(client_as("admin"), customers(person("王明"))).headers["Location"]
    run_jobs(app)
    stranger = client_as("product")
    tokens = secrets(stranger.get("/import/").get_data(as_text=True))
    for path in ("", "/status", "/refused"):
        assert stranger.get(f"{address}{path}").status_code == 404
    for action in ("run", "revert"):
        assert stranger.post(f"{address}/{action}", data=tokens).status_code == 404
    boss = client_as("boss")
    assert boss.get(address).status_code == 200
    assert f'action="{address}/run"' not in boss.get(address).get_data(as_text=True)


def test_a_file_that_cannot_be_read_is_refused_on_the_page(client_as: ClientAs) -> None:
    client = client_as("admin")
    for content, name in ((b"nothing", "a.xlsx"), (customers(person("王明")), "a.csv"), (b"", "")):
        answer = sent(client, content, name=name)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.get_data(as_text=True)


def test_without_its_token_no_form_is_taken(client_as: ClientAs) -> None:
    client = client_as("admin")
    data = {"kind": "customers", "file": (io.BytesIO(customers(person("王明"))), "a.xlsx")}
    assert client.post("/import/upload", data=data, content_type="multipart/form-data").status_code == 400


def test_the_same_upload_and_the_same_import_sent_again_happen_once(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    tokens = secrets(client.get("/import/").get_data(as_text=True))
    addresses = set()
    for _ in range(3):
        data = {**tokens, "kind": "customers", "file": (io.BytesIO(customers(person("王明"))), "a.xlsx")}
        answer = client.post("/import/upload", data=data, content_type="multipart/form-data")
        addresses.add(answer.headers["Location"])
    assert len(addresses) == 1
    run_jobs(app)
    (address,) = addresses
    tokens = secrets(client.get(address).get_data(as_text=True))
    answers = [client.post(f"{address}/run", data={**tokens, "mode": "valid"}) for _ in range(3)]
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {(303, address)}
    run_jobs(app)
    assert customers_on_file(app) == 1


@pytest.mark.committed
@pytest.mark.parametrize("same_form", [True, False])
def test_many_clicks_at_once_import_once(app: Flask, client_as: ClientAs, same_form: bool) -> None:
    """R3: from several windows, with one form or each with its own."""
    clients = [client_as("admin") for _ in range(6)]
    address = sent(clients[0], customers(person("王明"), person("王明"))).headers["Location"]
    run_jobs(app)
    forms = [secrets(client.get(address).get_data(as_text=True)) for client in clients]
    if same_form:
        forms = [{**form, "form_token": forms[0]["form_token"]} for form in forms]

    def click(at: int) -> tuple[int, str | None]:
        answer = clients[at].post(f"{address}/run", data={**forms[at], "mode": "valid"})
        return answer.status_code, answer.headers.get("Location")

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = set(pool.map(click, range(len(clients))))
    assert answers == {(303, address)}
    run_jobs(app)
    assert customers_on_file(app) == 2
    with app.app_context():
        assert db.session.scalars(sa.select(Job.kind).order_by(Job.id)).all() == ["import_check", "import_write"]


def test_a_file_imported_before_is_told_before_it_comes_in_again(app: Flask, client_as: ClientAs) -> None:
    client, content = client_as("admin"), customers(person("王明"))
    first = sent(client, content).headers["Location"]
    run_jobs(app)
    pressed(client, first, "run", mode="valid")
    run_jobs(app)
    second = sent(client, content).headers["Location"]
    run_jobs(app)
    assert f'href="{first}"' in client.get(second).get_data(as_text=True)


def test_markup_in_a_workbook_is_shown_as_text(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    script = "<script>alert(1)</script>"
    address = sent(client, customers(company("甲", owner=script)), name=f"{script}.xlsx").headers["Location"]
    run_jobs(app)
    page = client.get(address).get_data(as_text=True)
    assert script not in page
    assert "&lt;script&gt;" in page


def test_a_busy_batch_offers_no_refused_rows_yet(client_as: ClientAs) -> None:
    client = client_as("admin")
    address = sent(client, customers(person("王明", "1"))).headers["Location"]
    assert client.get(f"{address}/refused").status_code == 409


def test_the_list_shows_ones_own_batches(app: Flask, client_as: ClientAs) -> None:
    client = client_as("admin")
    sent(client, customers(person("王明")), name="我的客户.xlsx")
    assert "我的客户.xlsx" in client.get("/import/").get_data(as_text=True)
    assert "我的客户.xlsx" not in client_as("product").get("/import/").get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(sa.select(ImportBatch.file_name)).all() == ["我的客户.xlsx"]
