"""What is guessed first is no password, whatever is put before or behind it; long and odd is. quality R14, R16."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.security import generate_password_hash

import config
from app.core.db.base import db
from app.core.errors import Refused
from app.security.accounts.passwords import LONGEST, SHORTEST, common_passwords, require_strong
from tests.support.firm import PASSWORD
from tests.support.pages import Browser, Pairs

OWN = ("xiaowang88", "欧阳娜娜子涵", "ouyang nana", "wang.xiaoming@example.cn")
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "abcdefghijklmnop", "1qaz2wsx3edc")
WORDS = ("password", "administrator", "zhanggui", "welcome", "iloveyou", "sunshine", "princess")
AROUND = ("{}2026", "{}2026!", "2026{}", "!!{}!!", "{}123", "{} 1", "  {}2026  ", "{}-2026", "{}1234567890")
GOOD = (
    "correct horse battery staple", "锅里煮着三只冬瓜和一把伞", "Tr0ub4dor&3-lamp", "fünf-Löffel-Regen", "m7$Kp2vQ9x",
    "gras unter blauem blech", "雨伞 lamp 17 冬瓜", "x9fj2-kd8s1-pq0c7", "a" * 3 + "-regal-tonne-" + "7",
)  # fmt: skip


def _shapes() -> dict[str, list[str]]:
    """Class of weak password → examples made by rule."""
    rows = [row * 2 for row in ROWS] + [row[::-1] * 2 for row in ROWS] + [row + "1" * 5 for row in ROWS[:3]]
    return {
        "short": [text[: SHORTEST - 1] for text in GOOD] + ["", " " * 9, "aB3$xY7!q"],
        "few characters": ["a" * 40, "ab" * 20, "1212121212", "掌柜" * 8, "!!!!!!!!!!!!", " " * 30],
        "rows of keys": [text for text in rows if len(text) >= SHORTEST],
        "a common word in disguise": [
            shape.format(word) for word in WORDS for shape in AROUND if len(shape.format(word)) >= SHORTEST
        ],
        "common": sorted(text for text in common_passwords() if len(text) >= SHORTEST)[:300],
        "a common word twice": [text * 2 for text in sorted(common_passwords()) if len(text) == 8][:200],
        "common, shouted": sorted(text.upper() for text in common_passwords() if len(text) >= SHORTEST)[:100],
        "one's own": [
            text
            for name in (*OWN, "wang.xiaoming")
            for text in (name * 2, f"{name}2026", f"2026{name}!!", name.upper() + "123")
        ],
    }  # fmt: skip


def _is_taken(password: str) -> bool:
    try:
        require_strong(password, *OWN)
    except Refused as error:
        return (error.code, error.field) != ("weak_password", "password") or not error.message
    return True


@pytest.mark.parametrize("kind", list(_shapes()))
def test_what_is_guessed_first_is_refused(app: Flask, kind: str) -> None:
    with app.app_context():
        taken = [password for password in _shapes()[kind] if _is_taken(password)]
    assert taken == []


def test_what_is_long_and_odd_is_taken(app: Flask) -> None:
    """No rule about capitals and signs; spaces and Chinese count like anything else."""
    with app.app_context():
        for password in GOOD:
            require_strong(password, *OWN)


def _own_fields(pairs: Pairs) -> dict[str, str]:
    return {name: str(value) for name, value in pairs if name not in ("csrf_token", "form_token", "password")}


def test_the_form_keeps_everything_else_when_a_password_is_refused(at: Any, office: Any) -> None:
    """In words, beside its field; the password itself does not come back with the page."""
    admin, boss = at("admin"), office.boss.actor.user_id
    form = admin.open("/user/add")
    assert 'name="roles"' in form.text
    role = next(line.split('"')[0] for line in form.text.split('name="roles" value="')[1:])
    typed = {"username": "xiaowang88", "name": "王小明", "department": "销售部", "mobile": "13800001111"}
    typed |= {"manager": str(boss)}
    for weak in ("short", "xiaowang88-2026", "qwertyuiopqwertyuiop", "password2026!", "王小明" * 2 + "20262"):
        answer = admin.send("/user/add", form.form(), roles=[role], password=weak, form_token=None, **typed)
        assert answer.status == 422, weak
        assert 'id="f-password-e"' in answer.text
        kept = _own_fields(answer.form())
        assert {name: kept.get(name) for name in typed} == typed
        assert kept.get("roles") == role
        assert weak not in answer.text.replace(typed["username"], "").replace(typed["name"], "") or weak == "short"
    assert admin.send("/user/add", form.form(), roles=[role], password=GOOD[0], **typed).status == 303


def test_ones_own_and_the_administrators_change_are_held_to_the_same(at: Any, app: Flask, office: Any) -> None:
    lin, admin, key = at("lin"), at("admin"), office.lin.actor.user_id
    for weak in ("lin-lin-lin", "林晓林晓20262026", "1234567890123", "welcome-2026", "aaaaaaaaaaaaaaaa"):
        for browser, path, values in (
            (lin, "/password", {"old": PASSWORD, "password": weak, "again": weak}),
            (admin, f"/user/reset/{key}", {"password": weak}),
        ):
            answer = browser.fill(path, **values)
            assert answer.status == 422, (path, weak)
            assert "aria-invalid" in answer.text
            assert weak not in answer.text
    assert Browser(app.test_client()).fill("/login/", username="lin", password=PASSWORD).status == 303


# Length, exactness, how they are kept


def _changed(browser: Browser, old: str, new: str) -> int:
    return browser.fill("/password", old=old, password=new, again=new).status


def _signs_in(app: Flask, password: str) -> bool:
    by_page = Browser(app.test_client()).fill("/login/", username="lin", password=password).status == 303
    body = {"username": "lin", "password": password, "provider": "db"}
    by_rest = app.test_client().post("/api/v1/security/login", json=body).status_code == 200
    assert by_page is by_rest, "both doors take the same"
    return by_page


@pytest.mark.parametrize("length", [SHORTEST, 64, 128, LONGEST])
def test_long_passwords_are_taken_and_compared_to_their_last_letter(
    at: Any, app: Flask, office: Any, length: int
) -> None:
    """As typed: capitals, blanks at both ends and the thousandth letter count."""
    new = (" Drei Löffel, 伞 & lamp " * 60)[: length - 1] + "Z"
    assert _changed(at("lin"), PASSWORD, new) == 303
    for other in (new[:-1], new[:-1] + "z", new.lstrip(), new.swapcase(), new + "Z"):
        assert Browser(app.test_client()).fill("/login/", username="lin", password=other).status == 401
    assert _signs_in(app, new)


def test_a_password_too_long_is_refused_rather_than_cut(at: Any, app: Flask, office: Any) -> None:
    lin, admin, key = at("lin"), at("admin"), office.lin.actor.user_id
    too_long = ("Drei Löffel " * 100)[: LONGEST + 1]
    assert _changed(lin, PASSWORD, too_long) == 422
    assert admin.fill(f"/user/reset/{key}", password=too_long).status == 422
    assert not _signs_in(app, too_long)
    assert _signs_in(app, PASSWORD)


def test_passwords_are_kept_at_the_cost_that_is_asked_for() -> None:
    """OWASP: scrypt with N = 2^14, r = 8, p = 5, or as much in another shape."""
    name, cost, block, parallel = config.FAB_PASSWORD_HASH_METHOD.split(":")
    assert name == "scrypt"
    assert int(cost) >= 2**14
    assert int(cost) * int(block) * int(parallel) >= 2**14 * 8 * 5


def _kept(office: Any) -> str:
    key = office.lin.actor.user_id
    found = db.session.scalar(sa.text("SELECT password FROM ab_user WHERE id = :id"), {"id": key})
    db.session.remove()
    return str(found)


def test_what_was_kept_in_an_earlier_way_is_good_and_kept_anew(app: Flask, office: Any) -> None:
    key = office.lin.actor.user_id
    earlier = "scrypt:512:8:1"
    password = generate_password_hash(PASSWORD, earlier)
    db.session.execute(
        sa.text("UPDATE ab_user SET password = :password WHERE id = :id"), {"password": password, "id": key}
    )
    db.session.commit()
    db.session.remove()
    assert not _signs_in(app, PASSWORD + "x")
    assert _kept(office).startswith(earlier + "$")
    assert _signs_in(app, PASSWORD)
    kept = _kept(office)
    assert kept.startswith(app.config["FAB_PASSWORD_HASH_METHOD"] + "$")
    assert _signs_in(app, PASSWORD)
    assert _kept(office) == kept, "once"
