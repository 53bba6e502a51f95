"""Printed documents over the web: who gets which, with what headers, and what never leaves the house."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from pypdf import PdfReader

from tests.support.office import Office

Clients = Callable[[str], FlaskClient]


@pytest.fixture
def papers(app: Flask) -> dict[str, str]:
    """Addresses of an order of lin's and of its shipment; the product's cost is a figure of its own."""
    with app.app_context(), force_locale("zh"):  # closed again, so that each request has a person of its own
        office = Office()
        [product] = office.stocked("9", price="20", cost="13.57")
        order = office.approved("lin", [(product, "2")])
        shipment = office.shipped(order)
        return {"order": f"/salesorder/pdf/{order.id}", "shipment": f"/shipment/pdf/{shipment.id}"}


@pytest.mark.parametrize("kind", ["order", "shipment"])
def test_a_document_is_shown_in_the_browser_and_kept_nowhere(papers: Any, client_as: Clients, kind: str) -> None:
    answer = client_as("lin").get(papers[kind])
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")
    assert answer.data.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("kind", "login", "status"),
    [
        ("order", "manager", 200),
        ("order", "finance", 200),
        ("order", "xu", 404),
        ("order", "keeper", 404),
        ("shipment", "keeper", 200),
        ("shipment", "xu", 404),
        ("shipment", "engineer", 404),
    ],
)
def test_a_document_is_printed_by_whom_it_is_visible_to(
    papers: Any, client_as: Clients, kind: str, login: str, status: int
) -> None:
    """Manual 11.6: the keeper prints what left their warehouse, whoever the customer is."""
    assert client_as(login).get(papers[kind]).status_code == status


@pytest.mark.parametrize("place", ["0", "-1", "999999999", "99999999999999999999999", "abc", "1.5", "1%00"])
def test_a_document_that_does_not_exist_is_not_found(papers: Any, client_as: Clients, place: str) -> None:
    client = client_as("boss")
    assert client.get(f"/salesorder/pdf/{place}").status_code == 404
    assert client.get(f"/shipment/pdf/{place}").status_code == 404


def test_nobody_prints_without_signing_in(papers: Any, app: Any) -> None:
    for address in papers.values():
        answer = app.test_client().get(address)
        assert answer.status_code in (302, 401)
        assert not answer.data.startswith(b"%PDF-")


def test_cost_stands_on_no_document_even_for_the_boss(papers: Any, client_as: Clients) -> None:
    """Manual 8.8: paper goes to the other side."""
    client = client_as("boss")
    for address in papers.values():
        pages = PdfReader(io.BytesIO(client.get(address).data)).pages
        text = "".join(page.extract_text() for page in pages)
        assert "13.57" not in text
        assert "27.14" not in text
