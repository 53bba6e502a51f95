"""The lists of values that service brings along. spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary("complaint_class", _l("Complaint classes"), "产品质量 服务态度 交货延误 安装维修 价格 其他")
declare_dictionary("urgency", _l("Urgencies"), "非常急 急 普通")
declare_dictionary("service_method", _l("Service methods"), "电话 上门 远程 邮件")
