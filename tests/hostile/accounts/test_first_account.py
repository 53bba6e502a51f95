"""A new installation has one account, with a password that nobody knows beforehand. ASVS 6.3.2, 11.5.1, 13.2.3."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_babel import force_locale
from flask_migrate import upgrade

from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.demo.people import first_administrator
from app.models.system.user import AppUser
from app.security.seed import seed
from tests.support.firm import build_app
from tests.support.pages import Browser

LETTERS_OF_128_BITS = 22  # of base 64


def test_production_begins_with_one_account_and_a_made_up_password(tmp_path: Path) -> None:
    found = []
    for number in range(2):
        directory = tmp_path / str(number)
        directory.mkdir()
        app = build_app(f"sqlite:///{directory / 'new.db'}", directory)
        with app.app_context(), force_locale("zh"):
            upgrade()
            session = db.session()
            in_unit_of_work(session, lambda session=session: seed(session))
            made = in_unit_of_work(session, lambda session=session: first_administrator(session, production=True))
            again = in_unit_of_work(session, lambda session=session: first_administrator(session, production=True))
            people = list(session.scalars(sa.select(AppUser.username)))
            db.session.remove()
        assert (people, again) == (["admin"], None), "made once, and nobody besides"
        assert made is not None
        assert len(made) >= LETTERS_OF_128_BITS
        for name, guess in (("admin", "admin"), ("admin", "admin123456"), ("admin", ""), ("", ""), ("gast", "gast")):
            assert Browser(app.test_client()).fill("/login/", username=name, password=guess).status == 401
        assert Browser(app.test_client()).fill("/login/", username="admin", password=made).status == 303
        found.append(made)
        with app.app_context():
            db.engine.dispose()
    assert found[0] != found[1]


def test_a_production_firm_takes_no_demo(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "CRM_ENV", "production")
    told = app.test_cli_runner().invoke(args=["crm", "demo"])
    assert told.exit_code != 0
    assert "production" in f"{told.output} {told.exception}"
