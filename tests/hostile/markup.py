"""What people might type to have it run, put straight into every text column of every row."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.core.appbuilder import Model
from app.core.db.base import db

# Each leaves `data-xss` on an element, makes one called <xss-x>, sets window.__xss or asks the person.
PAYLOADS = (
    "<xss-x>", '"><b data-xss>', "'><b data-xss>", "<img src=x data-xss onerror=__xss=1>", "</title><xss-x>",
    "<script data-xss>__xss=1</script>", '" data-xss="1', "' data-xss='1", "</script><script data-xss>__xss=1</script>",
    "<svg data-xss onload=__xss=1>", "</textarea><b data-xss>", "<a data-xss href=javascript:__xss=1>x</a>",
    '" autofocus onfocus=__xss=1 data-xss x="', "{{7*7}}xss", "${7*7}xss", "{%print(7*7)%}xss", "<%=7*7%>xss",
    "javascript:__xss=1", "--><b data-xss>", "]]><b data-xss>", "</template><b data-xss>", "</style><b data-xss>",
    "<iframe data-xss srcdoc='<script>parent.__xss=1</script>'>", "<math><mi data-xss xlink:href=javascript:alert(1)>",
    "&lt;b data-xss&gt;", "&#60;b data-xss&#62;", "\\u003cb data-xss\\u003e", "\\x3cb data-xss\\x3e", "`-alert(1)-`",
    "';alert(1)//", '";alert(1)//', "\\';alert(1)//", "<b data-xss\n>", "<B DATA-XSS>", "＜b data-xss＞",
    "<style>@import'//evil.example/x'</style>", "<base data-xss href=//evil.example/>", "<object data-xss data=x>",
    "<meta data-xss http-equiv=refresh content=0;url=//evil.example>", "<form data-xss action=//evil.example><input>",
    '=HYPERLINK("http://evil.example","x")', "+1+cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3+cmd",
    "<details open ontoggle=__xss=1 data-xss>",
)  # fmt: skip
COMPUTED = "49xss"
# Words of our own making: codes the program looks at, keys, digests, names to sign in with.
OURS = {
    "model", "action", "kind", "role", "code", "dictionary", "key", "password", "username", "digest", "sha256",
    "stored_name", "content_type", "form_key", "locale", "document_model", "from_state", "to_state", "list_name",
    "search_text", "heading", "extension", "status", "month",
}  # fmt: skip
TECHNICAL = {"stored_answer", "seeded_permission", "job", "setting", "document_counter", "import_change"}
LONGEST = 400


def mixed(number: int, row_id: int, longest: int) -> str:
    """Several payloads one after the other, as many as the column takes, others in each row; unlike any other row's."""
    text, own = "", str(row_id)
    turned = PAYLOADS[number % len(PAYLOADS) :] + PAYLOADS[: number % len(PAYLOADS)]
    formulas = [payload for payload in PAYLOADS if payload[0] in "=+@-"]
    if number % 2:
        turned = (formulas[number // 2 % len(formulas)], *turned)
    for payload in turned:
        if len(text) + len(payload) + len(own) <= longest:
            text += payload
    return text + own


def _columns(model: type[Any]) -> Iterator[sa.Column[Any]]:
    for column in model.__table__.columns:
        is_text = isinstance(column.type, sa.String) and not isinstance(column.type, sa.Enum)
        is_number = column.key == "number" and hasattr(model, "__number_prefix__") or column.key == "document_number"
        is_derived = "normal_form_of" in column.info  # people sign in by one, and none is ever shown
        if is_text and not is_number and not is_derived and not column.foreign_keys and column.key not in OURS:
            yield column


def poison() -> int:
    """Fill the database behind the application's back; returns how many values were put in."""
    db.session.remove()
    count = 0
    with db.engine.begin() as connection:
        for mapper in sorted(Model.registry.mappers, key=lambda each: str(each.local_table)):
            model = mapper.class_
            table = model.__table__
            is_ours = table.name == "ab_user" or not table.name.startswith("ab_")
            if "id" not in table.c or not is_ours or table.name in TECHNICAL:
                continue
            columns = list(_columns(model))
            _open(connection, table.name)
            where = table.c.dictionary != "tax_rate" if table.name == "dictionary_item" else sa.true()  # rates are read
            for row_id in connection.scalars(sa.select(table.c.id).where(where)).all():
                values = {}
                for column in columns:
                    longest = min(getattr(column.type, "length", None) or LONGEST, LONGEST)
                    values[column.key] = mixed(count, row_id, longest)
                    count += 3
                if "changes" in table.c:
                    values["changes"] = {"name": [mixed(count, 0, LONGEST), mixed(count + 9, 1, LONGEST)]}
                if values:
                    connection.execute(table.update().where(table.c.id == row_id).values(values))
    return count // 3


def _open(connection: Connection, table: str) -> None:
    """Take away what keeps a table from being changed: nobody else could write there what we are about to."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        return
    found = connection.execute(
        sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"), {"table": table}
    )
    for name in found.scalars().all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


class Injected(HTMLParser):
    """Elements and attributes of a page that came out of a text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        names = {name for name, _value in attributes}
        runs = [value for name, value in attributes if name in ("href", "src", "action") and value]
        if tag == "xss-x" or "data-xss" in names or any(name.startswith("on") for name in names):
            self.found.append(f"<{tag} {' '.join(sorted(names))}>")
        if any(value.strip().lower().startswith(("javascript:", "//evil", "data:text")) for value in runs):
            self.found.append(f"<{tag} {runs}>")

    def handle_data(self, data: str) -> None:
        if COMPUTED in data:
            self.found.append(COMPUTED)


def injected(html: str) -> list[str]:
    parser = Injected()
    parser.feed(html)
    parser.close()
    return parser.found
