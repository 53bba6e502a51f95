"""What the desks tell of products. Manual 3.3, 10.9."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.products.product import Product, ProductCategory
from app.screens.desk.desk_parts import Action, Figure, Rows
from app.screens.desk.desks import COMMON, add_to_desk
from app.security.roles import R

selling = Figure(_l("On sale"), "box", Rows(Product, "selling"))
discontinued = Figure(_l("Discontinued"), "archive", Rows(Product, "discontinued"))
new_product = Action(_l("New product"), "plus", "/product/add", "create", Product)
categories = Action(_l("Product categories"), "category", "/productcategory/list/", "read", ProductCategory)
discontinued_list = Action(
    _l("Discontinued products"), "archive", "/product/list/?view=discontinued", "read", Product
)  # fmt: skip
imports = Action(_l("Imports"), "table-import", "/import/", "import", Product)

add_to_desk(
    R.product_manager, figures={10: selling, 20: discontinued}, actions={10: new_product},
    doors={10: categories, 20: discontinued_list, 30: imports},
)  # fmt: skip
add_to_desk(COMMON, figures={110: selling})
