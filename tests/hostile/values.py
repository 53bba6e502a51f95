"""Values nobody sends by mistake: what a form, an address, a body or a header may hold to do harm."""

from __future__ import annotations

import json
import random
from typing import Any
from urllib.parse import quote

import prison

from app.core.kinds.comparison import OPERATORS

NUMBERS = (0, -1, 2**31, 2**31 - 1, -(2**31), 2**63, 2**64 + 1, 10**40, -(10**40), 10**400, 0.1, 1e308, True)
TEXTS = (
    "", " ", "0", "-1", "1e9", "1e400", "-0", "NaN", "Infinity", "0x1F", "١٢", "1_000", "１２",
    "9" * 400, "-" + "9" * 40,
    "0." + "0" * 60 + "1", "x" * 300, "好" * 3000, "x" * 70_000, "\x00", "a\x00b", "\ud800", "\udfff\ud800",
    "\U0010ffff",
    "e\u0301" * 50, "\u202egnp.exe", "\ufeff", "\r\nSet-Cookie: a=b", "<script>alert(1)</script>", "{{7*7}}",
    "${7*7}",
    "%s%s%n", "' OR '1'='1", "1; DROP TABLE customer --", "%", "_", "\\", "../../etc/passwd", "file:///etc/passwd",
    "null",
    "[]", "{}", "true", "undefined", "2026-02-30", "0000-00-00", "9999-12-31", "10000-01-01", "2026-11-02T25:61:61",
    "2026-11-02T00:00:00+99:99", "!(", "(a:b", "admin", "__class__", "password", "id", "owner_id", "-id", "a" * 41,
)  # fmt: skip
OCTETS = (
    "%00", "%ED%A0%80", "%FF%FE", "%C0%AF", "%", "%zz", "%0d%0aX: y", "%2e%2e%2f", "..%2f..%2fetc", "%F4%90%80%80",
    "a" * 5000,
    "%25%30%30", "+", "%20", "1%00", "-1", "1.5", "99999999999999999999", "1e3", "0x1", "%D9%A1",
)  # fmt: skip
NAMES = (
    "q", "sort", "after", "before", "view", "count", "page", "page_size", "page_X", "psize_X", "_oc_X", "_od_X",
    "_flt_0_password",
    "_flt_0_name", "order_column", "order_direction", "filters", "next", "ids", "customer", "product", "owner",
    "from", "to",
    "state", "all", "lines", "head", "columns", "column", "name", "drop", "right", "users", "roles", "row", "keys",
    "form_token",
    "version", "file", "kind", "user", "date", "status", "warehouse", "category", "__class__", "signed_on_from",
    "total_to",
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-16", "text/plain", "application/x-www-form-urlencoded",
    "application/xml",
    "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=x",
    "application/x-python-pickle",
    "\xff/\xff", "", ";", "application/json;" + "a" * 500,
)  # fmt: skip
HEADERS: dict[str, tuple[str, ...]] = {
    "Accept-Language": ("xx-YY", "zh;q=nan", "zh;q=99999999999999999", ";;;,,,=", "../../etc",
    "x" * 4000, "en-\xff", "*"),
    "Referer": ("javascript:alert(1)", "http" + "://[", "//evil.example", "\xff\xfe",
    "x" * 4000, "http://localhost:99999/"),
    "Host": ("evil.example", "localhost:99999", "[::1", "a b", "\xff", "localhost:-1", "x" * 300, ""),
    "Origin": ("null", "https://evil.example", "\xff"),
    "X-Request-ID": ("x" * 4000, "<script>", "\xff", "a\tb", "%00"),
    "Idempotency-Key": ("", "x" * 121, "\xff\xfe", "' OR 1=1", "same", "\x7f"),
    "Authorization": ("Bearer", "Bearer a.b.c", "Bearer \xff", "Basic bGlu", "Bearer " + "x" * 9000, "bearer  .. "),
    "Accept": ("text/html;q=nope", "\xff", "image/*", "application/json"),
    "Range": ("bytes=0-", "bytes=99999999999999999999-", "bytes=-1-5", "lines=x"),
    "If-None-Match": ('"', "W/", "\xff"),
    "If-Modified-Since": ("Thu, 99 Foo 99999", "0"),
    "X-Forwarded-For": ("evil", "127.0.0.1, ::1, x", "\xff"),
    "X-CSRFToken": ("x", "\xff", "a.b.c", ""),
    "X-HTTP-Method-Override": ("DELETE",),
    "Content-Length": ("-1", "99999999999", "abc"),
    "Transfer-Encoding": ("chunked", "gzip, chunked"),
    "Cookie": (
        "zhanggui=x", "zhanggui=eyJfdXNlcl9pZCI6IjEifQ.x.y", "zhanggui=" + "A" * 5000, "zhanggui=\xff", "=;=;",
        "remember_token=1|x",
        "saved=" + "x" * 3000, "zhanggui=.eJw; zhanggui=y",
    ),
}  # fmt: skip


KILLERS = (
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfff",
    "9" * 400,
    "1e400",
    "99999999999999999999",
    "NaN",
    "0000-00-00",
    "x" * 70_000,
)


def text(draw: random.Random) -> str:
    """Any of the texts above, those that break databases and parsers more often than the rest."""
    return draw.choice(KILLERS if draw.random() < 0.4 else TEXTS)


def octets(draw: random.Random) -> str:
    """Something for an address, already written as one."""
    if draw.random() < 0.5:
        return draw.choice(OCTETS)
    return quote(text(draw)[:2000].encode("utf-8", "surrogatepass"), safe="")


def typed(draw: random.Random, deep: int = 2) -> Any:
    """Anything JSON can hold, and what only Python thinks it can."""
    kinds = ["text", "text", "number", "none", "list", "object"] if deep else ["text", "number", "none"]
    kind = draw.choice(kinds)
    if kind == "text":
        return text(draw)
    if kind == "number":
        return draw.choice(NUMBERS)
    if kind == "list":
        return [typed(draw, deep - 1) for _n in range(draw.choice((0, 1, 3)))]
    if kind == "object":
        return {draw.choice((*NAMES, text(draw)[:50])): typed(draw, deep - 1) for _n in range(draw.choice((0, 1, 3)))}
    return None


def json_body(draw: random.Random, names: tuple[str, ...]) -> bytes:
    """A body whose members carry real names, and now and then something that is no such body at all."""
    roll = draw.random()
    if roll < 0.08:
        return draw.choice(
            (b"", b"{", b"[]", b'"x"', b"null", b"\xff\xfe{}", b'{"a":NaN}', b"[" * 3000, b'{"a":1,"a":2}')
        )
    if roll < 0.12:
        return json.dumps(typed(draw)).encode()
    chosen = draw.sample(names, min(len(names), draw.choice((1, 2, 4, 8))))
    body = {name: typed(draw, 3) for name in chosen}
    encoded = json.dumps(body, ensure_ascii=draw.random() < 0.7)
    return encoded.encode("utf-8", "surrogatepass")


def rison(draw: random.Random, names: tuple[str, ...]) -> str:
    """A `q`: well-formed with odd parts, or broken."""
    roll = draw.random()
    if roll < 0.25:
        return octets(draw)
    if roll < 0.4:
        return quote(
            draw.choice(
                ("!(", "(filters:!((", "(page:", "!n", "'", "(a:!!", "(filters:(a:b))", "(:)", "!(1,2", "((((" * 900)
            )
        )
    operators = (*OPERATORS, "nope", 5)
    asked: dict[str, Any] = {}
    if draw.random() < 0.8:
        asked["filters"] = [
            {"col": draw.choice(names), "opr": draw.choice(operators), "value": typed(draw, 2)}
            for _n in range(draw.choice((1, 2, 5)))
        ]
    for name in draw.sample(("order_column", "order_direction", "page", "page_size", "columns", "keys", "nope"), 2):
        asked[name] = draw.choice((typed(draw, 1), draw.choice(names)))
    try:
        return quote(prison.dumps(asked).encode("utf-8", "surrogatepass"), safe="")
    except Exception:  # what rison cannot say, JSON may: the interface takes both
        return quote(json.dumps(asked), safe="")
