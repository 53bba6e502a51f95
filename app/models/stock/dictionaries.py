"""The lists of values that goods coming and going bring along. Manual 11.5, 11.6; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary("freight_settlement", _l("Freight settlements"), "现付 到付 月结")
declare_dictionary("direct_issue_kind", _l("Direct issue kinds"), "维修 临时借出 领用 报损 其他")
