"""All mapped models; importing this package maps them. Labels that every model shares stand here."""

from flask_babel import lazy_gettext as _l

from app.core import audit, files, idempotency, imports, jobs, numbering, recycle, search  # noqa: F401  # they map tables
from app.core.fields import label_fields
from app.models.customer import Contact, Customer, CustomerShare
from app.models.goods_issue import GoodsIssue, GoodsIssueLine, Shipment, ShipmentLine
from app.models.payment import (
    CustomerBalance,
    Payment,
    PaymentPlan,
    PlanSettlement,
    ReceivableLedgerEntry,
)
from app.models.preference import ListPreference
from app.models.product import Product, ProductCategory, ProductPrice
from app.models.sales_order import SalesOrder, SalesOrderLine
from app.models.setting import DictionaryItem, SeededPermission, Setting
from app.models.stock import StockBalance, StockInit, StockInitLine, StockLedgerEntry, Warehouse
from app.models.user import AppUser, UserSession, UserSuperior

__all__ = [
    "Contact", "Customer", "CustomerBalance", "CustomerShare", "DictionaryItem", "GoodsIssue", "GoodsIssueLine",
    "ListPreference", "Payment", "PaymentPlan", "PlanSettlement", "Product", "ProductCategory", "ProductPrice",
    "ReceivableLedgerEntry",
    "SalesOrder", "SalesOrderLine", "SeededPermission", "Setting", "Shipment", "ShipmentLine", "StockBalance",
    "StockInit", "StockInitLine", "StockLedgerEntry", "AppUser", "UserSession", "UserSuperior",
    "Warehouse",
]  # fmt: skip

label_fields(
    None,
    id=_l("No."), created_at=_l("Created at"), created_by=_l("Created by"), changed_at=_l("Changed at"),
    version=_l("Version"), remark=_l("Remark"), customer=_l("Customer"), owner=_l("Owner"), product=_l("Product"),
    warehouse=_l("Warehouse"), quantity=_l("Quantity"), amount=_l("Amount"), phone=_l("Phone"), mobile=_l("Mobile"),
    sales_order=_l("Order"), consignee=_l("Consignee"), consignee_phone=_l("Consignee's phone"),
    consignee_address=_l("Consignee's address"), state=_l("State"), name=_l("Name"), number=_l("Number"),
    lines=_l("Lines"), on_hand=_l("On hand"), available=_l("Available"),
)  # fmt: skip
