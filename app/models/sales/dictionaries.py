"""The lists of values that sales bring along. Manual 8.4; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary("order_category", _l("Order categories"), "产品销售* 业务合作 代理分销 服务 维修 其他")
declare_dictionary("shipping_method", _l("Shipping methods"), "自提 送货上门 快递 物流专线 航空 邮局 其他")
declare_dictionary("return_reason", _l("Return reasons"), "质量问题 发错货 运输损坏 客户不需要 规格不符 其他")
