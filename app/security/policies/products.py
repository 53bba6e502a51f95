"""产品 Who sees and keeps products and their tree, and who sees cost prices and margins. Manual 10.8."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.products.product import Product, ProductCategory
from app.security.policy import Policy, Sees, declare
from app.security.roles import COST_READERS, PRODUCT_KEEPERS, R, declare_subject

OF_PRODUCTS = Policy(Sees(everyone=True), changed_by=Sees(every=PRODUCT_KEEPERS), kept_by=PRODUCT_KEEPERS)

declare({Product: OF_PRODUCTS, ProductCategory: OF_PRODUCTS})
declare_subject(
    "cost", _l("Cost price and margin"), view=COST_READERS, edit=(R.boss, R.product_manager, R.sales_director)
)
