"""产品 Who sees and keeps products and their tree."""

from __future__ import annotations

from app.models.products.product import Product, ProductCategory
from app.security.policy import Policy, Sees, declare
from app.security.roles import PRODUCT_KEEPERS

OF_PRODUCTS = Policy(Sees(everyone=True), changed_by=Sees(every=PRODUCT_KEEPERS), kept_by=PRODUCT_KEEPERS)

declare({Product: OF_PRODUCTS, ProductCategory: OF_PRODUCTS})
