"""Which resources there are, and where they come from."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask

from app.core.db.base import model_name
from app.models.customers.customer import Customer
from app.models.money.payment import CustomerBalance
from app.rest.resources import APIS, RecordApi, all_apis
from app.screens.frame.registry import VIEWS


def test_every_model_with_pages_has_a_resource_unless_its_view_declines(app: Flask) -> None:
    answered = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    for model, view in VIEWS.items():
        assert (f"/api/v1/{model_name(model)}/" in answered) is bool(view.rest_methods), model


def test_a_view_says_which_methods_and_columns_programs_have(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.rest.resources.APIS", dict(APIS))
    view = SimpleNamespace(model=CustomerBalance, rest_columns=("id", "received"), rest_methods=(), beside={})
    monkeypatch.setitem(VIEWS, CustomerBalance, view)
    assert CustomerBalance not in {api.model for api in all_apis()}
    view.rest_methods = ("GET",)
    derived = next(api for api in all_apis() if api.model is CustomerBalance)
    assert set(derived.resource.members) == {"id", "received"}
    assert [method for method in ("GET", "POST", "PUT", "DELETE") if derived.resource.takes(method)] == ["GET"]


def test_a_model_has_one_class_only(app: Flask) -> None:
    with pytest.raises(ValueError, match="CustomerApi answers for this model already"):
        type("AnotherApi", (RecordApi,), {"model": Customer})
