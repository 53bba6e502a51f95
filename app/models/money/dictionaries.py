"""The lists of values that money brings along. Manual 8.14; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary("settlement", _l("Settlements"), "现款现货 货到付款 先款后货 账期收款 月结 季结 年结")
declare_dictionary(
    "payment_method", _l("Payment methods"), "银行转账* 支票 现金 承兑汇票 POS刷卡 支付宝 微信 其他"
)  # fmt: skip
declare_dictionary(
    "invoice_kind", _l("Invoice kinds"), "增值税专用发票 增值税普通发票 电子普票 收据 不开票"
)  # fmt: skip
declare_dictionary("tax_rate", _l("Tax rates"), "13%* 9% 6% 3% 1% 0")
