"""The floor: Flask, SQLAlchemy Core and Jinja, one statement and one template a page; no sign-in, menu or rights.

Under /shelled the same pages with a cookie session, one row of the user, and our empty layout around them: what any
page behind a sign-in costs before it does anything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, request, session

COLUMNS = """
SELECT o.id, o.number, o.customer_id, c.name AS customer, o.subject, o.total, o.receivable, o.state, o.status,
       o.shipping_status, o.signed_on, o.latest_ship_on, u.first_name AS owner
FROM sales_order o JOIN customer c ON c.id = o.customer_id JOIN ab_user u ON u.id = o.owner_id
"""
HEAD = COLUMNS.replace("SELECT", "SELECT o.*,", 1).replace("u.first_name AS owner", "u.first_name AS owner_name")
LINES = """
SELECT l.*, p.number, p.name, p.model FROM sales_order_line l JOIN product p ON p.id = l.product_id
WHERE l.order_id = :id ORDER BY l.position
"""
LISTS = {
    "list": "ORDER BY o.id DESC LIMIT 50",
    "status": "WHERE o.state = :value ORDER BY o.id DESC LIMIT 50",
    "owner": "WHERE o.owner_id = :value ORDER BY o.id DESC LIMIT 50",
    "last": "ORDER BY o.id LIMIT 50",
    "number": "WHERE o.number = :value ORDER BY o.id DESC LIMIT 50",
    "name": "WHERE c.name LIKE '%' || :value || '%' ORDER BY o.id DESC LIMIT 50",
}
TABLE = """<table>{% for row in rows %}<tr>{% for value in row[1:] %}<td>{{ value }}</td>{% endfor %}</tr>
{% endfor %}</table>"""
RECORD = (
    """<h1>{{ head.number }}</h1><dl>{% for name, value in head._mapping.items() %}<dt>{{ name }}</dt>
<dd>{{ value }}</dd>{% endfor %}</dl>"""
    + TABLE
)
NEW = """<form method="post">{% for label, choices in selects %}<label>{{ label }}<select name="{{ label }}">
{% for key, name in choices %}<option value="{{ key }}">{{ name }}</option>{% endfor %}</select></label>{% endfor %}
{% for label in texts %}<label>{{ label }}<input name="{{ label }}"></label>{% endfor %}
<table>{% for n in range(5) %}<tr><td>{{ n }}</td><td><input name="product"></td><td><input name="quantity"></td>
<td><input name="price"></td></tr>{% endfor %}</table></form>"""
CHOICES = """
SELECT dictionary AS kind, id, label AS name, position FROM dictionary_item
WHERE dictionary IN ('order_category', 'settlement', 'shipping_method')
UNION ALL SELECT 'warehouse', id, name, id FROM warehouse ORDER BY 1, 4
"""
TEXTS = (
    "customer", "subject", "signed_on", "latest_ship_on", "contact", "consignee", "consignee_phone",
    "consignee_address", "remark",
)  # fmt: skip

app = Flask(__name__)
app.secret_key = "bench" * 8
engine = sa.create_engine(os.environ["DATABASE_URL"])
bare = app.jinja_env.from_string
# Our layout as a signed-in person gets it, with nothing in it and their name to be filled in.
SHELL = Path(os.environ["SHELL_FILE"]).read_text("utf-8")
shelled = {source: bare(SHELL.replace("[[content]]", source)) for source in (TABLE, RECORD, NEW)}
unshelled = {source: bare(source) for source in (TABLE, RECORD, NEW)}


def _page(source: str, query: Callable[[sa.Connection], dict[str, Any]], *, shell: bool) -> str:
    with engine.connect() as connection:
        if not shell:
            return unshelled[source].render(query(connection))
        person = sa.text("SELECT id, first_name, active FROM ab_user WHERE id = :id")
        user = connection.execute(person, {"id": session["user"]}).one()
        return shelled[source].render(user=user, **query(connection))


def _rows(name: str) -> Callable[[sa.Connection], dict[str, Any]]:
    statement = sa.text(COLUMNS + LISTS[name])
    values = {"value": int(request.args["value"]) if name == "owner" else request.args.get("value", "")}
    return lambda connection: {"rows": connection.execute(statement, values if "value" in request.args else {}).all()}


def _record(key: int) -> Callable[[sa.Connection], dict[str, Any]]:
    def query(connection: sa.Connection) -> dict[str, Any]:
        head = connection.execute(sa.text(HEAD + "WHERE o.id = :id"), {"id": key}).one()
        return {"head": head, "rows": connection.execute(sa.text(LINES), {"id": key}).all()}

    return query


def _new(connection: sa.Connection) -> dict[str, Any]:
    found: dict[str, list[tuple[int, str]]] = {}
    for kind, key, name, _position in connection.execute(sa.text(CHOICES)):
        found.setdefault(kind, []).append((key, name))
    return {"selects": list(found.items()), "texts": TEXTS}


@app.get("/")
def sign_in() -> str:
    session["user"] = 1
    return ""


for _prefix, _shell in (("", False), ("/shelled", True)):
    for _name in LISTS:
        app.add_url_rule(
            f"{_prefix}/{_name}", f"{_prefix}{_name}",
            lambda name=_name, shell=_shell: _page(TABLE, _rows(name), shell=shell),
        )  # fmt: skip
    app.add_url_rule(
        f"{_prefix}/show/<int:key>", f"{_prefix}show",
        lambda key, shell=_shell: _page(RECORD, _record(key), shell=shell),
    )  # fmt: skip
    app.add_url_rule(f"{_prefix}/new", f"{_prefix}new", lambda shell=_shell: _page(NEW, _new, shell=shell))
