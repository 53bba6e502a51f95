"""What is guessed first is no password, whatever is put before or behind it; long and odd is. quality R14, R16."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.errors import Refused
from app.security.passwords import SHORTEST, common, require_strong
from tests.firm import PASSWORD
from tests.views.browser import Browser, Pairs

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
        "common": sorted(text for text in common() if len(text) >= SHORTEST)[:300],
        "a common word twice": [text * 2 for text in sorted(common()) if len(text) == 8][:200],
        "common, shouted": sorted(text.upper() for text in common() if len(text) >= SHORTEST)[:100],
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
