"""What is sent too large, too slowly or as a bomb costs its sender more than us. ASVS V2.4, V5.2, V15.2; quality R8."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask, g

from app.core.files.pictures import MOST_WHOLE
from app.core.files.previews import thumbnail
from app.screens.form.json_body import MOST_MEMBERS
from app.screens.web.errors import STRANGERS_LARGEST
from tests.support.office import Api
from tests.support.pages import Browser

FORM = "application/x-www-form-urlencoded"
PART = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n"
BEYOND = ("1e99999999", "-1e99999999", "1e-99999999", "0e99999999", "0e-99999999", "9" * 40, "1" + "0" * 38)
NOT_FOR_KEYS = ("\x00", "a\x00b", "a\nb", "\x7f", "a\u2028b", "\ud800")


class Watched(io.BytesIO):
    """A body that notes how much the database had been asked when the first of it was read."""

    asked: int | None = None

    def read(self, *size: Any) -> bytes:
        if self.asked is None:
            self.asked = g.statements
        return super().read(*size)

    def readinto(self, buffer: Any) -> int:
        if self.asked is None:
            self.asked = g.statements
        return super().readinto(buffer)


# Slow


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/customer/add", FORM, b"name=x"), ("/customer/list/columns", FORM, b"standard=1"),
        ("/salesorder/save", "application/json", b'{"head": {}}'), ("/api/v1/customer/", "application/json", b"{}"),
        ("/api/v1/customer/1", "application/json", b"{}"), ("/attachment/send/customer/1", "text/plain", b"x"),
        ("/attachment/add/customer/1", "multipart/form-data; boundary=x", b"--x--"),
    ],
)  # fmt: skip
def test_a_body_is_taken_in_before_the_database_is_asked(
    at: Any, office: Any, lenient: Flask, path: str, kind: str, body: bytes
) -> None:
    """Who sends a byte a second keeps no transaction open meanwhile: SQLite has one writer, and it is not them."""
    lin, api = at("lin"), Api(lenient, "lin")
    token = lin.open("/password").typed("csrf_token")
    headers = [{"X-CSRFToken": token}] + ([api.headers] if path.startswith("/api/") else [])
    for given in headers:
        sent = Watched(body)
        client = lin.client if "X-CSRFToken" in given else lenient.test_client()
        method = "PUT" if path.endswith("customer/1") and "api" in path else "POST"
        answer = client.open(
            path, method=method, input_stream=sent, content_type=kind, content_length=len(body), headers=given
        )
        assert answer.status_code < 500
        assert sent.asked == 0, given


# Large


def _urlencoded(number: int) -> bytes:
    return urlencode([(f"f{n}", "") for n in range(number)]).encode()


def test_strangers_may_send_a_name_and_a_password_and_little_more(app: Flask, office: Any) -> None:
    """Whoever is not known costs no reading of megabytes, by page, REST or form of files."""
    client = app.test_client()
    token = Browser(client).open("/login/").typed("csrf_token")
    large = b"x" * (STRANGERS_LARGEST + 1)
    asked = [
        ("/login/", FORM, b"csrf_token=" + token.encode() + b"&username=" + large),
        ("/customer/add", FORM, large), ("/nowhere", "text/plain", large),
        ("/login/", "multipart/form-data; boundary=x", PART + large),
        ("/api/v1/security/login", "application/json", b'{"username": "' + large + b'"}'),
        ("/api/v1/customer/", "application/json", large),
    ]  # fmt: skip
    for path, kind, body in asked:
        expected = 413 if "login" in path else 401 if path.startswith("/api/") else 302
        sent = Watched(body)
        answer = client.post(path, input_stream=sent, content_type=kind, content_length=len(body))
        assert answer.status_code == expected, (path, kind)
        assert sent.tell() == 0, (path, kind)
    forged = {"Authorization": "Bearer x"}
    body = {"username": "x" * STRANGERS_LARGEST, "password": "x", "provider": "db"}
    assert client.post("/api/v1/security/login", json=body, headers=forged).status_code == 413


def test_who_is_signed_in_may_send_what_a_long_order_needs(at: Any, office: Any) -> None:
    lin = at("lin")
    page = lin.send("/customer/add", lin.open("/customer/add").form(), name="甲", remark="好" * STRANGERS_LARGEST)
    assert page.status in (303, 422)


def test_more_fields_than_any_form_has_are_refused_unread(at: Any, office: Any) -> None:
    """Half a million names in four megabytes take seconds to read; twenty thousand a moment."""
    lin = at("lin")
    token = lin.open("/password").typed("csrf_token")
    for number, status in ((25_000, 413), (15_000, 422)):
        body = _urlencoded(number) + b"&csrf_token=" + token.encode()
        assert lin.client.post("/customer/add", data=body, content_type=FORM).status_code == status, number
    body = b"a=" + b"x" * 5_000_000
    assert lin.client.post("/customer/add", data=body, content_type=FORM).status_code == 413


@pytest.mark.parametrize(
    "body",
    [
        {f"n{number}": 1 for number in range(MOST_MEMBERS + 1)},
        {"lines": [{f"n{number}": 1 for number in range(1000)}] * (MOST_MEMBERS // 1000)},
        {"lines": [1] * (MOST_MEMBERS + 1)},
    ],
)
def test_more_values_than_any_body_has_are_refused_as_one(api_as: Any, at: Any, body: dict[str, Any]) -> None:
    """Not one refusal for each of them: the answer would be longer than the question."""
    api = api_as("lin")
    for path in ("customer/", "sales_order/"):
        status, told = api.post(path, body)
        assert (status, told["code"], len(told["reasons"])) == (422, "invalid", 1)
    lin = at("lin")
    token = lin.open("/password").typed("csrf_token")
    answer = lin.client.post("/salesorder/save", json=body, headers={"X-CSRFToken": token})
    assert (answer.status_code, len(answer.get_json()["reasons"])) == (422, 1)


def test_deep_json_and_deep_queries_are_refused(api_as: Any, app: Flask) -> None:
    api = api_as("lin")
    for text in ("[" * 100_000, '{"a":' * 100_000, '{"a":' * 30 + "1" + "}" * 30):
        answer = app.test_client().post("/api/v1/customer/", data=text, headers=api.headers)
        assert answer.status_code in (400, 422), text[:20]
    for text in ("!(" * 9_000, "(a:" * 6_000, "[" * 9_000, "'" + "!'" * 9_000, "-" * 9_000, "1" * 9_000):
        answer = app.test_client().get("/api/v1/customer/", query_string={"q": text}, headers=api.headers)
        assert answer.status_code == 400, text[:20]


# Numbers and keys no database keeps


@pytest.mark.parametrize("text", BEYOND)
def test_numbers_beyond_all_measure_are_told_in_words(
    at: Any, api_as: Any, lenient: Flask, furnished: dict[str, int], text: str
) -> None:
    """In filters, addresses, forms, bodies and the grid: a short text may stand for a number of a gigabyte."""
    api, lin = api_as("finance"), at("lin")
    for sign in ("gt", "eq"):
        query = json.dumps({"filters": [{"col": "amount", "opr": sign, "value": text}]})
        assert api.get(f"payment/?{urlencode({'q': query})}")[0] in (200, 400)
    assert api.post("payment/", {"amount": text, "customer": furnished["customer"]})[0] == 422
    for path in ("/salesorder/list/", "/payment/list/", "/product/list/"):
        asked = dict.fromkeys(("total_from", "amount_from", "amount_to", "list_price_from"), text)
        assert lin.client.get(path, query_string=asked).status_code == 200
    token = lin.open("/password").typed("csrf_token")
    line = {"product": furnished["product"], "quantity": text, "unit_price": text, "tax_rate": text}
    body = {"head": {"customer": furnished["customer"]}, "lines": [line], "form_token": "a"}
    answer = lin.client.post("/salesorder/save", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 422


@pytest.mark.parametrize("key", NOT_FOR_KEYS)
def test_a_key_that_cannot_be_kept_is_refused(at: Any, lenient: Flask, office: Any, key: str) -> None:
    """Form tokens and idempotency keys come from outside, and go into the database."""
    lin = at("lin")
    text = key.encode("utf-8", "replace").decode() if key == "\ud800" else key
    page = lin.send("/customer/add", lin.open("/customer/add").form(), name="甲", kind="individual", form_token=text)
    assert page.status == (303 if text == "?" else 422)
    token = lin.open("/password").typed("csrf_token")
    body = {"head": {}, "lines": [], "form_token": key}
    assert lin.client.post("/salesorder/save", json=body, headers={"X-CSRFToken": token}).status_code == 422


# Pictures


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _png(width: int, height: int) -> bytes:
    """One colour all over: as small as a file of this size can be."""
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + width * 3)) for _row in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


@pytest.fixture
def copies(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many pixels were copied besides those that were read."""
    from PIL import Image

    counted, real = 0, Image.Image.convert

    def convert(self: Any, *given: Any, **more: Any) -> Any:
        nonlocal counted
        counted += self.width * self.height
        return real(self, *given, **more)

    monkeypatch.setattr(Image.Image, "convert", convert)
    return lambda: counted


@pytest.mark.usefixtures("opened_here")
def test_a_picture_is_made_small_before_anything_else_is_done_with_it(copies: Callable[[], int]) -> None:
    """170 kB unpack to 240 MB; every step upon the whole would take as much again, and eight people may ask at once."""
    assert thumbnail(_png(3000, 2000)) is not None
    assert copies() < 200 * 200
    assert thumbnail(_png(7000, MOST_WHOLE // 7000 + 1)) is None
