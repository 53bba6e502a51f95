from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from flask import Flask
from openapi_spec_validator import validate

from app.core.report import REPORTS
from app.rest.resources import resources
from tests.plugins.rest import Firm, done


@pytest.fixture
def document(firm: Firm) -> dict[str, Any]:
    found: dict[str, Any] = done(firm.technical.get("/api/v1/_openapi"))
    return found


def test_the_description_is_valid_openapi(document: dict[str, Any]) -> None:
    validate(document)
    assert document["openapi"].startswith("3.0")
    assert set(document["components"]["securitySchemes"]) == {"bearer", "session"}


def test_every_route_is_described(app: Flask, document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item if method != "parameters"
    }
    steps = {r.name: set(r.workflow.steps) if r.workflow else set() for r in resources()}
    expected = {("POST", "/api/v1/security/login"), ("POST", "/api/v1/security/refresh"), ("GET", "/api/v1/report/")}
    expected |= {("GET", f"/api/v1/report/{name}") for name in REPORTS}
    expected |= {("POST", "/api/v1/prepared/")}
    expected |= {("GET", f"/api/v1/prepared/{{id}}{part}") for part in ("", "/file")}
    for rule in app.url_map.iter_rules():
        path = rule.rule.replace("<pk>", "{id}")
        model = path.split("/")[3] if path.count("/") > 3 else ""
        if model not in steps:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            for action in steps[model] if "<action>" in path else {""}:
                expected.add((method, path.replace("<action>", action)))
    assert described == expected


def test_answers_are_as_described(firm: Firm, document: dict[str, Any]) -> None:
    order = firm.approved()
    (issue,) = done(firm.lin.post(f"sales_order/{order['id']}/issue"))["created"]
    done(firm.keeper.post(f"goods_issue/{issue['id']}/confirm"))
    shipped = done(firm.keeper.post(f"goods_issue/{issue['id']}/ship"))
    conforms(document, "goods_issue_after", shipped)
    paid = {"customer": order["customer"]["id"], "sales_order": order["id"], "amount": "1", "method": "现金"}
    conforms(document, "payment_made", done(firm.finance.post("payment/", {**paid, "received_on": "2026-11-03"}), 201))
    for resource in resources():
        listed = done(firm.boss.get(f"{resource.name}/"))
        conforms(document, f"{resource.name}_list", listed)
        for row_id in listed["ids"][:1]:
            conforms(document, f"{resource.name}_shown", done(firm.boss.get(f"{resource.name}/{row_id}")))
    reports = done(firm.boss.get("report/"))
    conforms(document, "Reports", reports)
    for name in [report["name"] for report in reports["result"]]:
        conforms(document, f"report_{name}", done(firm.boss.get(f"report/{name}?customer={order['customer']['id']}")))
    conforms(document, "Refusal", firm.lin.get("customer/99999")[1])


def conforms(document: dict[str, Any], name: str, answer: Any) -> None:
    """Check an answer against its schema; no value may be there that is not described."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": closed(document["components"])}
    jsonschema.Draft202012Validator(schema).validate(answer)


def closed(schema: Any) -> Any:
    """OpenAPI's `nullable` in the words of JSON Schema, and objects that take nothing undescribed."""
    if isinstance(schema, list):
        return [closed(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(inner) for name, inner in schema.items() if name not in ("nullable", "example")}
    if "properties" in found and "warnings" not in found["properties"]:
        found["additionalProperties"] = False
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def test_the_documentation_page_uses_our_own_files_only(app: Flask, client_as: Any) -> None:
    assert app.test_client().get("/api/docs").status_code == 302
    page = client_as("lin").get("/api/docs")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "vendor/swagger-ui/swagger-ui-bundle.js" in text
    assert "https://" not in text
    assert "<script>" not in text


def test_the_description_follows_dictionaries_and_language(firm: Firm, client_as: Any) -> None:
    """It is assembled once for a language and the dictionaries as they are, and anew when one of them changes."""
    browser = client_as("lin")

    def source_field() -> dict[str, Any]:
        described = browser.get("/api/v1/_openapi").get_json()["components"]["schemas"]["customer_new"]
        found: dict[str, Any] = described["properties"]["source"]
        return found

    assert "互联网" in source_field()["enum"]
    items = done(firm.admin.get("dictionary_item/?q=(filters:!((col:label,opr:eq,value:互联网)))"))
    done(firm.admin.put(f"dictionary_item/{items['ids'][0]}", {"state": "retired"}))
    assert "互联网" not in source_field()["enum"], "what can no longer be chosen is no longer offered"
    browser.get("/lang/en")
    assert source_field()["description"] == "Customer source"
    browser.get("/lang/zh")
    assert source_field()["description"] == "客户来源"
