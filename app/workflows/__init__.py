"""All workflows and entries; importing this package registers them."""

from app.workflows import verify as verify  # registers the checks
from app.workflows.customer import CUSTOMER, ContactEntry, CustomerEntry
from app.workflows.goods_issue import GOODS_ISSUE, SHIPMENT
from app.workflows.payment import PAYMENT, PaymentEntry
from app.workflows.product import ProductCategoryEntry, ProductEntry
from app.workflows.sales_order import SALES_ORDER
from app.workflows.sales_order_entry import SalesOrderEntry
from app.workflows.setting import DictionaryItemEntry, WarehouseEntry
from app.workflows.stock import STOCK_INIT
from app.workflows.user import AppUserEntry

__all__ = [
    "CUSTOMER", "GOODS_ISSUE", "PAYMENT", "SALES_ORDER", "SHIPMENT", "STOCK_INIT", "AppUserEntry", "ContactEntry",
    "CustomerEntry", "DictionaryItemEntry", "PaymentEntry", "ProductCategoryEntry", "ProductEntry", "SalesOrderEntry",
    "WarehouseEntry",
]  # fmt: skip
