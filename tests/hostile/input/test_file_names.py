"""A file is called what it is, whatever its sender called it. ASVS V5.4.2; quality R13."""

from __future__ import annotations

import io
import re
import unicodedata
import uuid
from typing import Any
from urllib.parse import unquote

import pytest

from app.core.db.base import db
from app.core.files.files import Attachment, clean_filename
from tests.furnish.system import PDF

NAMES = (
    'q";filename="e.html.pdf', "a;b.pdf", "a'b.pdf", "<img src=x>.pdf", "a.html\x00.pdf",
    "..\\..\\c.pdf", "/etc/passwd.pdf", "C:\\x.pdf", "%2e%2e%2fa.pdf", "好" * 300 + ".pdf", "a\u202efdp.exe.pdf",
    "\u2066x\u2069.pdf", "a\u2028b.pdf", "\x85c.pdf", "\ufeffa.pdf", "a\u200b.pdf", "CON.pdf", ".pdf", "a.pdf.",
    "a.PDF",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_fetched_under_its_name_and_nothing_else(at: Any, office: Any, name: str) -> None:
    key = office.customer("lin").id
    lin = at("lin")
    token = lin.open("/password").typed("csrf_token")
    body = {"file": (io.BytesIO(PDF), name), "csrf_token": token, "form_token": uuid.uuid4().hex}
    answer = lin.client.post(f"/attachment/send/customer/{key}", data=body)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    kept = answer.get_json()["files"][0]
    number = db.session.query(Attachment.id).order_by(Attachment.id.desc()).limit(1).scalar()
    db.session.remove()
    for way, how in (("get", "attachment"), ("view", "inline")):
        got = lin.client.get(f"/attachment/{way}/{number}")
        told = got.headers["Content-Disposition"]
        found = re.fullmatch(rf"{how}; filename\*=UTF-8''([A-Za-z0-9%._~-]+)", told)
        assert found is not None, told
        assert unquote(found[1]) == kept
        assert got.content_type == "application/pdf"
        assert "Set-Cookie" not in got.headers
    assert not any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") for letter in kept)
    assert not set(kept) & set("/\\")
    assert len(kept) <= 125


def test_half_a_letter_is_no_letter() -> None:
    """A lone surrogate cannot be written in UTF-8, and the header is."""
    assert clean_filename("a\ud800b.pdf") == "ab.pdf"
    assert clean_filename("\u202e\u2066") == "file"
    assert clean_filename("x\r\nSet-Cookie: a=b.pdf") == "xSet-Cookie: a=b.pdf"
