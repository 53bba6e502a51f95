"""All mapped models; importing this package maps them. Labels that every model shares stand here."""

from flask_babel import lazy_gettext as _l

from app.core.discovery import import_areas
from app.core.files import files as files  # this module and the next ones map tables of their own
from app.core.jobs import jobs as jobs
from app.core.record import audit as audit
from app.core.record import idempotency as idempotency
from app.core.record import numbering as numbering
from app.core.record import recycle as recycle
from app.core.record.fields import label_fields
from app.core.search import index as index

import_areas(__name__)

label_fields(
    None,
    id=_l("No."), created_at=_l("Created at"), created_by=_l("Created by"), changed_at=_l("Changed at"),
    version=_l("Version"), remark=_l("Remark"), customer=_l("Customer"), owner=_l("Owner"), product=_l("Product"),
    warehouse=_l("Warehouse"), quantity=_l("Quantity"), amount=_l("Amount"), phone=_l("Phone"), mobile=_l("Mobile"),
    sales_order=_l("Order"), consignee=_l("Consignee"), consignee_phone=_l("Consignee's phone"),
    consignee_address=_l("Consignee's address"), state=_l("State"), name=_l("Name"), number=_l("Number"),
    lines=_l("Lines"), promised=_l("Taken from other orders"), on_hand=_l("On hand"), available=_l("Available"),
)  # fmt: skip
