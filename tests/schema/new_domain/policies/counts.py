"""清点 Who sees and keeps counts, leaflets, requests and handovers."""

from __future__ import annotations

from app.models.counts.handover import GoodsRequest, Handover
from app.models.counts.shelf_count import Leaflet, ShelfCount

from app.security.policies.stock import BY_KEEPERS, keepers
from app.security.policy import Policy, Sees, declare
from app.security.roles import SALES_SIDE, R

declare({
    ShelfCount: Policy(
        Sees(every=(R.boss,), where=(keepers,)), changed_by=BY_KEEPERS, kept_by=(R.warehouse,), rights={"import": ()}
    ),
    GoodsRequest: Policy(Sees(every=(R.boss, R.warehouse), owner="owner_id"), kept_by=SALES_SIDE),
    Handover: Policy(Sees(through=("goods_request",), where=(keepers,)), changed_by=BY_KEEPERS),
    Leaflet: Policy(Sees(everyone=True), kept_by=(R.warehouse,), rights={"import": ()}),
})  # fmt: skip
