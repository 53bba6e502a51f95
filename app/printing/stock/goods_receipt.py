"""入库单 The goods receipt: what the goods cost stands on it for who may see costs. Manual 8.8, 11.3."""

from __future__ import annotations

from app.core.paper import Paper, declare_paper
from app.models.stock.goods_receipt import GoodsReceipt

declare_paper(GoodsReceipt, Paper(price="unit_cost"))
