"""The lists of values that customers and dealing with them bring along. Manual 6.1, 6.2; spec.md §2."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.models.system.setting import declare_dictionary

declare_dictionary(
    "customer_class", _l("Customer classes"),
    "potential=潜在客户* regular=普通客户 VIP客户 代理商 合作伙伴 失效客户",
)  # fmt: skip
declare_dictionary(
    "customer_source", _l("Customer sources"),
    "电话来访 客户介绍 独立开发 媒体宣传 促销活动 老客户 代理商 合作伙伴 公开招标 互联网 展会 其他",
)  # fmt: skip
declare_dictionary(
    "industry", _l("Industries"),
    "机械制造 五金工具 汽车汽修 建筑工程 电力能源 石油化工 电子电器 交通物流 商贸流通 政府事业 教育科研 医疗 农业"
    " 服务业 其他",
)  # fmt: skip
declare_dictionary("headcount", _l("Headcounts"), "1–10 11–50 51–100 101–500 500以上")
declare_dictionary("relationship", _l("Relationship grades"), "密切 较好 一般 较差")
declare_dictionary("credit_grade", _l("Credit grades"), "高 中 低")
declare_dictionary(
    "activity_kind", _l("Activity kinds"), "电话 市内拜访 市外拜访 来访 邮件 短信 微信/QQ 信函 其他"
)  # fmt: skip
declare_dictionary("opportunity_kind", _l("Opportunity kinds"), "新客户机会 老客户机会")
declare_dictionary(
    "sales_stage", _l("Sales stages"), "初期沟通 立项评估 需求分析 方案制定 投标竞争 商务谈判 合同签约"
)  # fmt: skip
declare_dictionary(
    "decision_role", _l("Decision roles"),
    "决策人 分项决策人 商务决策 技术决策 财务决策 使用人 意见影响人",
)  # fmt: skip
declare_dictionary("partner_role", _l("Partner roles"), "施工方 设计方 供货方 最终客户")
