"""数据字典 The seeded lists and how their items are found. spec.md §2; manual 10.6."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.core.cache.per_process import cached_per_process
from app.core.errors import Refused
from app.models.system.setting import DictionaryItem, ItemState

_NAMED = {
    "unit": _l("Product units"),
    "customer_class": _l("Customer classes"),
    "customer_source": _l("Customer sources"),
    "industry": _l("Industries"),
    "headcount": _l("Headcounts"),
    "relationship": _l("Relationship grades"),
    "credit_grade": _l("Credit grades"),
    "activity_kind": _l("Activity kinds"),
    "opportunity_kind": _l("Opportunity kinds"),
    "sales_stage": _l("Sales stages"),
    "decision_role": _l("Decision roles"),
    "partner_role": _l("Partner roles"),
    "order_category": _l("Order categories"),
    "settlement": _l("Settlements"),
    "payment_method": _l("Payment methods"),
    "invoice_kind": _l("Invoice kinds"),
    "tax_rate": _l("Tax rates"),
    "shipping_method": _l("Shipping methods"),
    "freight_settlement": _l("Freight settlements"),
    "purchase_category": _l("Purchase categories"),
    "direct_issue_kind": _l("Direct issue kinds"),
    "return_reason": _l("Return reasons"),
    "complaint_class": _l("Complaint classes"),
    "urgency": _l("Urgencies"),
    "service_method": _l("Service methods"),
    "price_tier": _l("Price tiers"),
}
DICTIONARY_LABELS = _NAMED

# Values in order; `code=` in front marks items that rules ask for, a trailing * the default.
_VALUES = {
    "unit": "个* 件 台 套 把 支 只 盒 箱 包 米 千克",
    "customer_class": "potential=潜在客户* regular=普通客户 VIP客户 代理商 合作伙伴 失效客户",
    "customer_source": "电话来访 客户介绍 独立开发 媒体宣传 促销活动 老客户 代理商 合作伙伴 公开招标 互联网 展会 其他",
    "industry": "机械制造 五金工具 汽车汽修 建筑工程 电力能源 石油化工 电子电器 交通物流 商贸流通 政府事业 教育科研 医疗 农业 服务业 其他",
    "headcount": "1–10 11–50 51–100 101–500 500以上",
    "relationship": "密切 较好 一般 较差",
    "credit_grade": "高 中 低",
    "activity_kind": "电话 市内拜访 市外拜访 来访 邮件 短信 微信/QQ 信函 其他",
    "opportunity_kind": "新客户机会 老客户机会",
    "sales_stage": "初期沟通 立项评估 需求分析 方案制定 投标竞争 商务谈判 合同签约",
    "decision_role": "决策人 分项决策人 商务决策 技术决策 财务决策 使用人 意见影响人",
    "partner_role": "施工方 设计方 供货方 最终客户",
    "order_category": "产品销售* 业务合作 代理分销 服务 维修 其他",
    "settlement": "现款现货 货到付款 先款后货 账期收款 月结 季结 年结",
    "payment_method": "银行转账* 支票 现金 承兑汇票 POS刷卡 支付宝 微信 其他",
    "invoice_kind": "增值税专用发票 增值税普通发票 电子普票 收据 不开票",
    "tax_rate": "13%* 9% 6% 3% 1% 0",
    "shipping_method": "自提 送货上门 快递 物流专线 航空 邮局 其他",
    "freight_settlement": "现付 到付 月结",
    "purchase_category": "备货采购 订单采购 样品 配件 其他",
    "direct_issue_kind": "维修 临时借出 领用 报损 其他",
    "return_reason": "质量问题 发错货 运输损坏 客户不需要 规格不符 其他",
    "complaint_class": "产品质量 服务态度 交货延误 安装维修 价格 其他",
    "urgency": "非常急 急 普通",
    "service_method": "电话 上门 远程 邮件",
    "price_tier": "零售价 批发价 代理价 VIP价",
}


def seeded_items() -> list[dict[str, object]]:
    """Every seeded item as column values."""
    rows: list[dict[str, object]] = []
    for dictionary, values in _VALUES.items():
        for position, value in enumerate(values.split(), 1):
            code, found, label = value.rpartition("=")
            rows.append(
                {
                    "dictionary": dictionary,
                    "code": code if found else None,
                    "label": label.removesuffix("*"),
                    "is_default": label.endswith("*"),
                    "position": position,
                }
            )
    return rows


def items(session: Session, dictionary: str) -> list[DictionaryItem]:
    """The items that can be chosen, in order."""
    query = (
        sa.select(DictionaryItem)
        .where(DictionaryItem.dictionary == dictionary, DictionaryItem.state == ItemState.enabled)
        .order_by(DictionaryItem.position, DictionaryItem.id)
    )
    return list(session.scalars(query))


def item_named(session: Session, dictionary: str, label: str, field: str | None = None) -> DictionaryItem:
    """The item with this label.

    errors  Refused "invalid" when it is unknown or retired
    """
    query = sa.select(DictionaryItem).where(
        DictionaryItem.dictionary == dictionary,
        DictionaryItem.label == label,
        DictionaryItem.state == ItemState.enabled,
    )
    found = session.scalars(query).first()
    if found is None:
        name = str(DICTIONARY_LABELS.get(dictionary, dictionary))
        text = _("“%(label)s” is not in the list “%(list)s”.", label=label[:60], list=name)
        raise Refused("invalid", text, field=field)
    return found


def default_item(session: Session, dictionary: str) -> DictionaryItem | None:
    found: DictionaryItem | None = session.scalars(_default_query(), {"dictionary": dictionary}).first()
    return found


@cached_per_process()
def _default_query() -> sa.Select[Any]:
    query = sa.select(DictionaryItem).where(
        DictionaryItem.dictionary == sa.bindparam("dictionary"),
        DictionaryItem.is_default,
        DictionaryItem.state == ItemState.enabled,
    )
    return query.order_by(DictionaryItem.position)


def required_default(session: Session, dictionary: str) -> DictionaryItem:
    """The default item, for fields that must have one.

    errors  Refused "invalid" when the administrator left the list without a default
    """
    found = default_item(session, dictionary)
    if found is None:
        name = str(DICTIONARY_LABELS[dictionary])
        raise Refused("invalid", _("Please choose a value of “%(list)s”: it has no default.", list=name))
    return found


def coded_item(session: Session, dictionary: str, code: str) -> DictionaryItem | None:
    """The item a rule asks for, however it is called by now."""
    query = sa.select(DictionaryItem).where(DictionaryItem.dictionary == dictionary, DictionaryItem.code == code)
    return session.scalars(query).first()
