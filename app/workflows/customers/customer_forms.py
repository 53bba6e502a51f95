"""What the steps of a customer ask of the person. Manual 8.3."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.core.record.schemas import Form, WholeNumber
from app.workflows.forms import text


class ShareForm(Form):
    """共享: the people and roles who may read the customer from now on; replaces the list."""

    users = fields.List(
        WholeNumber(validate=validate.Range(1, 2**31 - 1)), metadata={"label": _l("People"), "target": "user"}
    )
    roles = fields.List(fields.String(validate=validate.Length(max=60)), metadata={"label": _l("Roles"), "roles": True})


class HotForm(Form):
    """热点: why this customer is close to signing."""

    reason = text(_l("Why hot"), 200)
