"""A batch from upload to taking back: once, whole or in part, gone on with after a crash. quality.md B8, R3, R5."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import jobs
from app.core.db.base import db
from app.core.db.unit_of_work import in_unit_of_work
from app.core.jobs.jobs import Job, JobState
from app.core.record.audit import AuditEntry
from app.core.search.index import matches
from app.imports.customers.customer import CustomerImport
from app.imports.engine import batches
from app.imports.engine import run as import_run
from app.models.customers.customer import Contact, Customer
from app.models.products.product import Product, ProductCategory
from app.models.system.import_batch import BatchState, ImportBatch, ImportBatchRow
from app.security.policy import require_visible
from tests.customers.test_customer_import import count, statements
from tests.products.test_product_import import products, row
from tests.support.office import refused
from tests.support.workbooks import company, customers, demo, person


def named(name: str) -> Customer:
    return db.session.scalars(sa.select(Customer).where(Customer.name == name)).one()


def firm_names(n: int) -> list[list[Any]]:
    return [company(f"北京第{i}机械厂") for i in range(n)]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(import_run, "CHUNK", 3)
    return 3


# The check


def test_a_check_writes_no_record(imports: Any) -> None:
    batch = imports.sends("admin", "customers", demo("customers.xlsx"))
    assert (batch.state, batch.accepted, batch.refused, batch.rows) == (BatchState.checked, 1183, 17, 1200)
    assert (count(Customer), count(Contact), count(ImportBatchRow)) == (0, 0, 0)


def test_a_check_sees_repeats_across_chunks(imports: Any, small_chunks: int) -> None:
    rows = [*firm_names(4), company("北京第0机械厂"), company("北京第3机械厂")]
    batch = imports.sends("admin", "customers", customers(*rows))
    assert [fault[0] for fault in imports.faults(batch)] == [6, 7]


def test_the_import_refuses_the_same_rows_as_the_check(imports: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_run, "CHUNK", 100)
    batch = imports.sends("admin", "customers", demo("customers.xlsx"))
    before = imports.faults(batch)
    batch = imports.imports("admin", batch)
    assert imports.faults(batch) == before
    assert (batch.accepted, batch.refused) == (1183, 17)


def test_what_came_on_file_since_the_check_is_seen_by_the_import(imports: Any) -> None:
    batch = imports.sends("admin", "customers", customers(*firm_names(2)))
    imports.office.customer("lin", "北京第1机械厂")
    batch = imports.imports("admin", batch)
    assert imports.faults(batch) == [(3, "客户名称", "duplicate_name")]
    assert (batch.accepted, batch.refused) == (1, 1)


# Whole or not at all


def test_all_or_nothing_imports_nothing_when_a_row_is_refused(imports: Any, small_chunks: int) -> None:
    rows = [*firm_names(7), company("坏", mobile="1")]
    batch = imports.sends("admin", "customers", customers(*rows))
    batch = imports.imports("admin", batch, all_or_nothing=True)
    assert (batch.state, batch.refused, count(Customer)) == (BatchState.checked, 1, 0)
    assert batch.failure
    assert imports.faults(batch) == [(9, "手机", "bad_mobile")]
    assert imports.imports("admin", batch).accepted == 7


def test_all_or_nothing_imports_everything_when_no_row_is_refused(imports: Any, small_chunks: int) -> None:
    batch = imports.sends("admin", "customers", customers(*firm_names(7)))
    batch = imports.imports("admin", batch, all_or_nothing=True)
    assert (batch.state, batch.accepted, count(Customer)) == (BatchState.done, 7, 7)


def test_all_or_nothing_that_breaks_off_leaves_nothing(
    imports: Any, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = imports.sends("admin", "customers", customers(*firm_names(7)))
    broken_after(monkeypatch, 2)
    batch = imports.imports("admin", batch, all_or_nothing=True)
    assert (batch.state, count(Customer)) == (BatchState.interrupted, 0)


# Once


def test_an_import_asked_for_twice_happens_once(imports: Any) -> None:
    batch = imports.sends("admin", "customers", customers(*firm_names(3), person("王明")))
    imports.start("admin", batch)
    imports.start("admin", batch)
    batch = imports.imports("admin", batch)
    assert (batch.accepted, count(Customer)) == (4, 4)
    assert db.session.scalars(sa.select(Job.kind).order_by(Job.id)).all() == ["import_check", "import_write"]
    imports.imports("admin", batch)
    assert count(Customer) == 4


def test_the_same_upload_form_sent_twice_is_one_batch(imports: Any) -> None:
    first = imports.sends("admin", "customers", customers(person("王明")), form_key="one")
    again = imports.sends("admin", "customers", customers(person("王明")), form_key="one")
    assert (again.id, count(ImportBatch)) == (first.id, 1)


def test_the_same_file_is_not_imported_twice_at_the_same_time(imports: Any) -> None:
    content = customers(person("王明"))
    first, second = (imports.sends("admin", "customers", content) for _ in range(2))
    imports.start("admin", first)
    with refused("already_running"):
        imports.start("admin", second)


# Broken off


def broken_after(
    monkeypatch: pytest.MonkeyPatch,
    chunks: int,
    error: type[BaseException] = RuntimeError,
    importer: Any = CustomerImport,
) -> None:
    """The process dies in the middle of writing a later chunk: its rows are made, but not committed."""
    left = [chunks]
    whole = importer.write

    def write(self: Any, drafts: Any) -> Any:
        made = whole(self, drafts)
        left[0] -= 1
        if left[0] < 0:
            raise error("cut off")
        return made

    monkeypatch.setattr(importer, "write", write)


def test_an_import_that_broke_off_goes_on_without_doubling(
    imports: Any, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [*firm_names(4), *(person("王明") for _ in range(4)), company("坏", mobile="1"), company("北京第0机械厂")]
    batch = imports.sends("admin", "customers", customers(*rows))
    with monkeypatch.context() as patched:
        broken_after(patched, 2)
        batch = imports.imports("admin", batch)
    assert (batch.state, batch.accepted, batch.rows_done, count(Customer)) == (BatchState.interrupted, 6, 6, 6)
    batch = imports.imports("admin", batch)
    assert (batch.state, batch.accepted, batch.refused, count(Customer)) == (BatchState.done, 8, 2, 8)
    assert count(ImportBatchRow) == 16
    assert {fault[0] for fault in imports.faults(batch)} == {10, 11}


def test_a_killed_runner_is_followed_by_another(
    imports: Any, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill leaves no trace but the claimed row: once its process is gone, the next runner goes on."""
    batch = imports.sends("admin", "customers", customers(*firm_names(9)))
    imports.start("admin", batch)
    job_id = db.session.get_one(ImportBatch, batch.id).job_id
    with monkeypatch.context() as patched:
        broken_after(patched, 1, KeyboardInterrupt)
        with pytest.raises(KeyboardInterrupt):
            jobs.run_next()
    db.session.rollback()
    assert (count(Customer), db.session.get_one(Job, job_id).state) == (3, JobState.running)
    assert not jobs.run_next()
    gone = f"{db.session.get_one(Job, job_id).runner.partition(':')[0]}:999999999:jobs"
    in_unit_of_work(db.session(), lambda: db.session.execute(sa.update(Job).values(runner=gone)))
    batch = imports.after_jobs(batch.id)
    assert (batch.state, batch.accepted, count(Customer)) == (BatchState.done, 9, 9)


def test_two_runners_of_one_batch_do_not_double_a_row(imports: Any, small_chunks: int) -> None:
    """The second finds the checkpoint moved under it and stops."""
    batch = imports.sends("admin", "customers", customers(*(person("王明") for _ in range(6))))
    imports.start("admin", batch)
    whole = CustomerImport.check
    seen = []

    def check(self: CustomerImport, drafts: Any) -> None:
        whole(self, drafts)
        if not seen:
            seen.append(1)
            import_run.update_batch(self.session, batch.id, checkpoint=drafts[-1].number)
            self.session.commit()

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(CustomerImport, "check", check)
        imports.after_jobs(batch.id)
    assert count(Customer) <= 6


def test_a_name_taken_while_a_chunk_is_written_is_a_fault_of_its_row(
    imports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and writing somebody else entered the same company: the chunk is looked at again."""
    batch = imports.sends("admin", "customers", customers(*firm_names(3)))
    blind = [True]
    whole = CustomerImport._on_file

    def on_file(self: CustomerImport, keys: list[str]) -> set[str]:
        return set() if blind and blind.pop() else whole(self, keys)

    imports.office.customer("lin", "北京第1机械厂")
    monkeypatch.setattr(CustomerImport, "_on_file", on_file)
    batch = imports.imports("admin", batch)
    assert imports.faults(batch) == [(3, "客户名称", "duplicate_name")]
    assert (batch.accepted, count(Customer)) == (2, 3)


# Taking back


def test_taking_a_batch_back_leaves_nothing_of_it(imports: Any) -> None:
    office = imports.office
    kept = office.customer("lin", "北京老客户五金店")
    batch = imports.does_all("admin", "customers", demo("customers.xlsx"))
    key = db.session.scalars(sa.select(Customer.id).where(Customer.name.like("成都联恒%"))).one()
    batch = imports.takes_back("admin", batch)
    assert batch.state == BatchState.reverted
    assert db.session.scalars(sa.select(Customer)).all() == [kept]
    assert count(Contact) == 0
    assert db.session.scalars(sa.select(Customer).where(matches(Customer, "联恒"))).all() == []
    acts = sa.select(AuditEntry.action).where(AuditEntry.model == "customer", AuditEntry.record_id == key)
    assert db.session.scalars(acts.order_by(AuditEntry.id)).all() == ["create", "delete"]
    assert office.history(batch) == ["receive", "import", "revert"]


def test_what_was_taken_back_can_be_imported_again(imports: Any) -> None:
    batch = imports.does_all("admin", "customers", customers(*firm_names(3)))
    imports.takes_back("admin", batch)
    assert imports.does_all("admin", "customers", customers(*firm_names(3))).accepted == 3


@pytest.mark.parametrize("touch", ["changes", "order", "contact", "share", "file", "deletes"])
def test_a_touched_record_keeps_the_whole_batch(imports: Any, touch: str) -> None:
    """One record changed, or referred to by anything else: nothing is deleted, and it is named."""
    office = imports.office
    batch = imports.does_all("admin", "customers", customers(*firm_names(3)))
    second = named("北京第1机械厂")
    if touch == "changes":
        office.lin.changes(second, city="天津")
    elif touch == "order":
        office.order("lin", [(office.product(), "1")], customer=second)
    elif touch == "contact":
        office.contact(second)
    elif touch == "share":
        office.lin.fires("share", second, users=[office.keeper.actor.user_id])
    elif touch == "file":
        attach_to(office, second)
    else:
        (contact,) = db.session.scalars(sa.select(Contact).where(Contact.customer_id == second.id))
        office.lin.deletes(contact)
    batch = imports.takes_back("admin", batch)
    assert (batch.state, count(Customer)) == (BatchState.done, 3)
    assert batch.failure
    if touch != "deletes":
        assert "北京第1机械厂" in batch.failure


def attach_to(office: Any, record: Any) -> None:
    from flask import current_app

    from app.core.files.files import attach, received_file

    storage = current_app.extensions["storage"]
    office.lin.does(lambda session, _actor: attach(session, storage, record, received_file("a.txt", b"text")))


def test_categories_made_by_an_import_go_unless_others_use_them(imports: Any) -> None:
    office = imports.office
    batch = imports.does_all("product", "products", products(row("A"), row("B", "口罩", 大类="劳保用品", 小类=None)))
    brand = db.session.scalars(sa.select(ProductCategory).where(ProductCategory.path.like("手工工具%世达"))).one()
    office.product_manager.creates(Product, number="OWN", name="自己的", category=brand)
    batch = imports.takes_back("product", batch)
    assert batch.state == BatchState.reverted, batch.failure
    assert db.session.scalars(sa.select(Product.number)).all() == ["OWN"]
    left = db.session.scalars(sa.select(ProductCategory.name).order_by(ProductCategory.level)).all()
    assert left == ["手工工具", "钳类", "工业级", "世达"]


def test_a_batch_of_products_in_an_order_stays(imports: Any) -> None:
    batch = imports.does_all("product", "products", products(row("A"), row("B", "扳手")))
    product = db.session.scalars(sa.select(Product).where(Product.number == "B")).one()
    imports.office.order("lin", [(product, "1")])
    batch = imports.takes_back("product", batch)
    assert (batch.state, count(Product)) == (BatchState.done, 2)


def test_only_who_sent_a_batch_imports_or_takes_it_back(imports: Any) -> None:
    batch = imports.sends("product", "products", products(row("A")))
    with refused("not_allowed"):
        imports.start("director", batch)
    batch = imports.imports("product", batch)
    with refused("not_allowed"):
        imports.takes_back("director", batch)


def test_who_lost_the_right_meanwhile_imports_nothing(imports: Any) -> None:
    from app.models.system.user import AppUser

    batch = imports.sends("product", "products", products(row("A")))
    imports.start("product", batch)
    user = db.session.get_one(AppUser, imports.office.person("product").actor.user_id)
    in_unit_of_work(db.session(), lambda: setattr(user, "roles", []))
    batch = imports.after_jobs(batch.id)
    assert (batch.state, count(Product)) == (BatchState.interrupted, 0)


def test_nothing_imported_is_nothing_to_take_back(imports: Any) -> None:
    batch = imports.sends("admin", "customers", customers(person("王明")))
    with refused("wrong_state"):
        imports.takes_back("admin", batch)


def test_batches_are_seen_by_who_sent_them_and_the_boss(imports: Any) -> None:
    batch = imports.sends("admin", "customers", customers(person("王明")))
    for login in ("admin", "boss"):
        assert require_visible(db.session(), ImportBatch, batch.id, imports.office.person(login).actor)
    for login in ("director", "lin", "product"):
        with refused("not_found"):
            require_visible(db.session(), ImportBatch, batch.id, imports.office.person(login).actor)


def test_taking_back_asks_no_statement_per_record(imports: Any) -> None:
    counted = []
    for n in (2, 200):
        batch = imports.does_all("admin", "customers", customers(*(company(f"{n}公司{i}") for i in range(n))))
        with statements() as seen:
            imports.takes_back("admin", batch)
        counted.append(len(seen))
    assert counted[1] <= counted[0] + 2, counted


def test_a_job_is_only_there_when_its_transaction_is(imports: Any) -> None:
    from flask import current_app

    upload = batches.read_upload("customers", customers(person("王明")), "a.xlsx")

    def fails(session: Any, actor: Any) -> None:
        batches.receive(session, current_app.extensions["storage"], upload, {}, actor)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        imports.office.admin.does(fails)
    assert (count(Job), count(ImportBatch)) == (0, 0)
