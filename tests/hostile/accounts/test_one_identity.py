"""One person has one login, however it is written; one network is one caller. Manual 3.1; quality R16."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.db.base import db
from app.models.system.user import AppUser
from app.security.accounts.people import user_named
from app.security.accounts.sign_in import counted_address
from tests.support.firm import PASSWORD
from tests.support.office import refused
from tests.support.pages import Browser

WRITTEN = ("zhou", "ZHOU", "Zhou", "ｚｈｏｕ", "ＺＨＯＵ", " zhou ", "zh\u200bou", "zhou\ufe0f", "z h o u")


@pytest.mark.parametrize("login", WRITTEN)
def test_a_person_signs_in_in_any_case_and_width(app: Flask, office: Any, login: str) -> None:
    """fault B1: a login that differed only in its case locked both people out; manual 3.1."""
    db.session.remove()
    page = Browser(app.test_client()).fill("/login/", username=login, password=PASSWORD)
    assert (page.status, page.location) == (303, "/")
    body = {"username": login, "password": PASSWORD, "provider": "db"}
    assert app.test_client().post("/api/v1/security/login", json=body).status_code == 200


@pytest.mark.parametrize("login", WRITTEN[:-1])
def test_a_second_person_of_that_login_is_refused_beside_it(at: Any, office: Any, login: str) -> None:
    """fault B1: an existing login was answered with 500; manual 3.1."""
    admin = at("admin")
    form = admin.open("/user/add").form()
    sent = {"username": login, "name": "周某", "password": "a-much-better-one-7", "roles": _role()}
    answer = admin.send("/user/add", form, **sent)
    assert answer.status == 422
    assert 'id="f-username-e"' in answer.text
    assert user_named(db.session(), "zhou").name == "周涛"


def _role() -> str:
    found = str(user_named(db.session(), "lin").roles[0].id)
    db.session.remove()
    return found


def test_an_e_mail_that_is_taken_is_refused_beside_it(office: Any) -> None:
    """fault B1: the other unique rule of people is a sentence too; manual 3.1."""
    roles = user_named(db.session(), "lin").roles
    with refused("duplicate_value") as caught:
        office.admin.creates(AppUser, username="new", name="新人", email="zhou@localhost", roles=roles, password="x")
    assert caught.value.field == "email"


def test_the_command_line_finds_people_as_they_sign_in(app: Flask, office: Any) -> None:
    """fault B1: `crm user password` takes the login as it is typed; manual 3.1."""
    db.session.remove()
    runner = app.test_cli_runner()
    done = runner.invoke(args=["crm", "user", "password", "ＺＨＯＵ", "--password", "a-much-better-one-7"])
    assert done.exit_code == 0, done.output
    assert Browser(app.test_client()).fill("/login/", username="zhou", password="a-much-better-one-7").status == 303


NETWORKS = {
    "2001:db8:1:2:3:4:5:6": "2001:db8:1:2::/64", "2001:0DB8:1:2::1": "2001:db8:1:2::/64",
    "2001:db8:1:3::1": "2001:db8:1:3::/64", "::ffff:10.0.0.1": "10.0.0.1", "10.0.0.1": "10.0.0.1",
    "fe80::1%eth0": "fe80::/64", "": "", "unknown": "unknown",
}  # fmt: skip


@pytest.mark.parametrize(("address", "counted"), NETWORKS.items())
def test_an_address_is_counted_by_its_network(address: str, counted: str) -> None:
    assert counted_address(address) == counted


def test_who_has_a_network_has_one_count(app: Flask, office: Any) -> None:
    """fault F12: failures were counted per IPv6 address, of which every line has 2**64; quality R16."""
    db.session.remove()

    def tried(number: int, name: str) -> int:
        body = {"username": name, "password": "wrong", "provider": "db"}
        environment = {"REMOTE_ADDR": f"2001:db8:1:2::{number:x}"}
        answer = app.test_client().post("/api/v1/security/login", json=body, environ_base=environment)
        return answer.status_code

    found = [tried(number, f"nobody{number}") for number in range(1, 66)]
    assert found[:64] == [401] * 64
    assert found[64] == 429
