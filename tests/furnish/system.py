"""What people leave behind whatever they work on: files, imports, lists of their own, answers, sessions, settings."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import current_app

from app import jobs
from app.core.db.base import db
from app.core.files.files import attach, received_file
from app.core.record import idempotency
from app.imports.customers.customer import CustomerImport
from app.imports.engine import batches
from app.models.customers.customer import Customer
from app.models.purchase.purchase_order import PurchaseOrder
from app.models.system.approval_rule import ApprovalRule
from app.models.system.import_batch import ImportBatch
from app.models.system.user import AppUser
from app.security.settings import set_setting
from app.workflows.system.preference import save_view
from tests.furnish.sales import CUSTOMER
from tests.support.office import opened

ANOTHER = {
    AppUser: {"username": "another", "password": "a-much-better-one-7", "email": "another@localhost"},
    ApprovalRule: {"total_from": "200000"},
}
PDF = b"%PDF-1.4 contract"


def furnish(office: Any) -> None:
    customer = db.session.scalars(sa.select(Customer).where(Customer.name == CUSTOMER)).one()
    storage = current_app.extensions["storage"]
    office.lin.does(lambda session, _actor: attach(session, storage, customer, received_file("合同.pdf", PDF)))
    office.lin.does(lambda session, actor: save_view(session, "customer", "我的客户", "q=无锡", actor))
    office.admin.does(lambda session, _actor: set_setting(session, "company_name", "掌柜贸易"))
    # A rule about documents larger than any here, so that what the firm decides stays as it is.
    office.rule(PurchaseOrder, people="boss", deputy="director", total_from=Decimal(100_000_000))
    _answer(office)
    _import(office, storage)
    opened(current_app._get_current_object(), "lin", lambda *_: None)


def _answer(office: Any) -> None:
    def work(session: Any, actor: Any) -> None:
        idempotency.keep(idempotency.claim(session, "furnished", "/api/v1/customer/", {}, actor), 201, {"id": 1})

    office.lin.does(work)


def _import(office: Any, storage: Any) -> None:
    """One row comes in, the other, without a name, is refused."""
    given = {"客户性质": "企业", "客户名称": "南京宏远工程", "所有者": "林晓"}
    headings = [column.heading for column in CustomerImport.columns]
    lines = [headings, [given.get(name, "") for name in headings], ["企业", *[""] * (len(headings) - 1)]]
    content = "\n".join(",".join(line) for line in lines)
    upload = batches.read_upload("customers", content.encode(), "客户名单.csv")
    batch = office.admin.does(lambda session, actor: batches.receive(session, storage, upload, {}, actor)).id
    _run_jobs()
    office.admin.does(lambda session, actor: batches.start_import(session, session.get_one(ImportBatch, batch), actor))
    _run_jobs()
    db.session.expire_all()


def _run_jobs() -> None:
    while jobs.run_next():
        pass
