"""business days, allocations, refunds, closed months"""

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa
from alembic import op
from migrations.codes import change_codes

revision = '20261130_2232_55b8'
down_revision = '20261130_2226_7895'
branch_labels = None
depends_on = None


def upgrade() -> None:
    change_codes('payment_plan', 'status', 'status', ('open', 'partly', 'settled', 'dropped'))
    change_codes('receivable_ledger_entry', 'kind', 'kind', ('contract', 'contract_reversed', 'stop', 'close_short', 'reopen', 'plan', 'shipment', 'payment', 'payment_voided', 'payment_assigned', 'payment_unassigned', 'refund', 'refund_voided', 'correction'))
    op.create_table('closed_month',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('state', sa.Enum('closed', 'reopened', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('reopen_reason', sa.Text(), nullable=True),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_closed_month_created_by_id_ab_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_closed_month'))
    )
    with op.batch_alter_table('closed_month', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_closed_month_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_closed_month_state'), ['state'], unique=False)
        batch_op.create_index('uq_closed_month_month', ['month'], unique=True, sqlite_where=sa.text("state = 'closed'"), postgresql_where=sa.text("state = 'closed'"))

    op.create_table('receiving_account',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('bank', sa.String(length=100), nullable=True),
    sa.Column('account', sa.String(length=60), nullable=True),
    sa.Column('discontinued', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_receiving_account_created_by_id_ab_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_receiving_account')),
    sa.UniqueConstraint('name', name=op.f('uq_receiving_account_name'))
    )
    with op.batch_alter_table('receiving_account', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_receiving_account_created_by_id'), ['created_by_id'], unique=False)

    op.create_table('payment_allocation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('payment_id', sa.Integer(), nullable=False),
    sa.Column('sales_order_id', sa.Integer(), nullable=False),
    sa.Column('chosen_plan_id', sa.Integer(), nullable=True),
    sa.Column('plan_id', sa.Integer(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('amount > 0', name=op.f('ck_payment_allocation_amount_positive')),
    sa.ForeignKeyConstraint(['chosen_plan_id'], ['payment_plan.id'], name=op.f('fk_payment_allocation_chosen_plan_id_payment_plan')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_payment_allocation_payment_id_payment'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['plan_id'], ['payment_plan.id'], name=op.f('fk_payment_allocation_plan_id_payment_plan')),
    sa.ForeignKeyConstraint(['sales_order_id'], ['sales_order.id'], name=op.f('fk_payment_allocation_sales_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_payment_allocation')),
    sa.UniqueConstraint('payment_id', 'sales_order_id', 'chosen_plan_id', 'plan_id', name='uq_payment_allocation_part')
    )
    with op.batch_alter_table('payment_allocation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_payment_allocation_chosen_plan_id'), ['chosen_plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_allocation_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_allocation_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_payment_allocation_sales_order_id'), ['sales_order_id'], unique=False)

    op.create_table('refund',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('sales_order_id', sa.Integer(), nullable=True),
    sa.Column('payment_id', sa.Integer(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('method_id', sa.Integer(), nullable=False),
    sa.Column('refunded_on', sa.Date(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('recorded', 'voided', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('void_reason', sa.Text(), nullable=True),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(sales_order_id IS NULL) <> (payment_id IS NULL)', name=op.f('ck_refund_of_order_or_payment')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_refund_amount_positive')),
    sa.ForeignKeyConstraint(['account_id'], ['receiving_account.id'], name=op.f('fk_refund_account_id_receiving_account')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_refund_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_refund_customer_id_customer')),
    sa.ForeignKeyConstraint(['method_id'], ['dictionary_item.id'], name=op.f('fk_refund_method_id_dictionary_item')),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_refund_payment_id_payment')),
    sa.ForeignKeyConstraint(['sales_order_id'], ['sales_order.id'], name=op.f('fk_refund_sales_order_id_sales_order')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_refund')),
    sa.UniqueConstraint('number', name=op.f('uq_refund_number'))
    )
    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_refund_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_method_id'), ['method_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_payment_id'), ['payment_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_refunded_on'), ['refunded_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_sales_order_id'), ['sales_order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_refund_state'), ['state'], unique=False)

    with op.batch_alter_table('customer_balance', schema=None) as batch_op:
        batch_op.add_column(sa.Column('refunded', sa.BigInteger(), server_default='0', nullable=False))

    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('account_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('bank_serial', sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column('left', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('refunded', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.create_index(batch_op.f('ix_payment_account_id'), ['account_id'], unique=False)
        batch_op.create_unique_constraint(batch_op.f('uq_payment_account_id_bank_serial'), ['account_id', 'bank_serial'])
        batch_op.create_check_constraint(op.f('ck_payment_left_within_amount'), sa.text('0 <= "left" AND 0 <= refunded AND "left" + refunded <= amount'))
        batch_op.create_foreign_key(batch_op.f('fk_payment_account_id_receiving_account'), 'receiving_account', ['account_id'], ['id'])

    with op.batch_alter_table('payment_plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('cut', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.drop_constraint(op.f('ck_payment_plan_amount_positive'), type_='check')
        batch_op.create_check_constraint(op.f('ck_payment_plan_amount_positive'), sa.text('amount + cut > 0 AND cut >= 0'))

    with op.batch_alter_table('receivable_ledger_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('salesperson_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('refunded_change', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('refunded_after', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('original_on', sa.Date(), nullable=True))
        batch_op.create_index('ix_receivable_ledger_entry_customer_on', ['customer_id', 'on', 'serial'], unique=False)
        batch_op.create_index(batch_op.f('ix_receivable_ledger_entry_on'), ['on'], unique=False)
        batch_op.create_index(batch_op.f('ix_receivable_ledger_entry_salesperson_id'), ['salesperson_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_receivable_ledger_entry_salesperson_id_ab_user'), 'ab_user', ['salesperson_id'], ['id'])

    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contract_value', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('refunded', sa.BigInteger(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('is_closed_short', sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table('stock_ledger_entry', schema=None) as batch_op:
        batch_op.add_column(sa.Column('on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('original_on', sa.Date(), nullable=True))
        batch_op.create_index(batch_op.f('ix_stock_ledger_entry_on'), ['on'], unique=False)

    for table in ('receivable_ledger_entry', 'stock_ledger_entry'):
        _lift_triggers(table)
    _date_entries()
    _allocate_payments()
    _settle_stopped_orders()
    for table in ('receivable_ledger_entry', 'stock_ledger_entry'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column('on', existing_type=sa.Date(), nullable=False)
    with op.batch_alter_table('plan_settlement', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_plan_settlement_payment_id'))
        batch_op.drop_index(batch_op.f('ix_plan_settlement_plan_id'))

    op.drop_table('plan_settlement')

FIGURES = ('contract_value', 'shipped_value', 'plan_open', 'received', 'refunded', 'receivable')
AT_ONCE = 2000


def _lift_triggers(table: str) -> None:
    """Entries refuse every change; what follows adds to them what they lacked. The triggers come back at the end."""
    for event in ('update', 'delete'):
        suffix = f' ON {table}' if op.get_bind().dialect.name == 'postgresql' else ''
        op.execute(f'DROP TRIGGER IF EXISTS {table}_no_{event}{suffix}')


def _day_of(moment: str) -> str:
    """The business day in Shanghai of a moment in UTC."""
    if op.get_bind().dialect.name == 'postgresql':
        return f"CAST({moment} AT TIME ZONE 'Asia/Shanghai' AS date)"
    return f"date({moment}, '+8 hours')"


def _date_entries() -> None:
    """An entry counts on the day of its document: signing, receipt of money, shipping; else on the day it was posted."""
    op.execute(f'UPDATE stock_ledger_entry SET "on" = {_day_of("at")}')
    order = 'FROM sales_order WHERE sales_order.id = receivable_ledger_entry.sales_order_id'
    paid = 'FROM payment WHERE payment.id = receivable_ledger_entry.document_id'
    sent = 'FROM shipment WHERE shipment.id = receivable_ledger_entry.document_id'
    op.execute(f"""
        UPDATE receivable_ledger_entry SET
          "on" = coalesce(CASE
            WHEN kind IN ('contract', 'contract_reversed') THEN (SELECT signed_on {order})
            WHEN kind IN ('payment', 'payment_voided') THEN (SELECT received_on {paid})
            WHEN kind = 'shipment' THEN (SELECT shipped_on {sent})
          END, {_day_of('at')}),
          salesperson_id = CASE
            WHEN kind IN ('payment', 'payment_voided') THEN (SELECT salesperson_id {paid})
            ELSE (SELECT owner_id {order})
          END
    """)


def _allocate_payments() -> None:
    """A payment of an order is allocated to it; one without an order is still prepaid."""
    op.execute("UPDATE payment SET \"left\" = amount WHERE sales_order_id IS NULL AND state = 'recorded'")
    op.execute("""
        UPDATE sales_order SET contract_value = CASE WHEN status = 'stopped' THEN shipped_amount ELSE total END
        WHERE state = 'approved'
    """)
    connection = op.get_bind()
    query = "SELECT id, sales_order_id, plan_id, amount FROM payment WHERE state = 'recorded' AND sales_order_id > :last" \
        " AND sales_order_id <= :to ORDER BY received_on, id"
    highest = connection.execute(sa.text('SELECT max(id) FROM sales_order')).scalar() or 0
    for last in range(0, highest, AT_ONCE):
        within = {'last': last, 'to': last + AT_ONCE}
        pieces = defaultdict(list)
        for row in connection.execute(sa.text(query), within):
            pieces[row.sales_order_id].append((row.id, row.plan_id, row.amount))
        _settle(within, pieces)


def _settle(within, pieces) -> None:
    """What was chosen stays, the rest covers the oldest instalment first; instalments of stopped orders are cut."""
    connection = op.get_bind()
    plans = defaultdict(list)
    for row in connection.execute(sa.text("""
        SELECT payment_plan.id, sales_order_id, payment_plan.amount, sales_order.status, sales_order.contract_value
        FROM payment_plan JOIN sales_order ON sales_order.id = payment_plan.sales_order_id
        WHERE sales_order_id > :last AND sales_order_id <= :to ORDER BY payment_plan.due_on, payment_plan.serial
    """), within):
        plans[row.sales_order_id].append(row)
    parts, settled = [], []
    for order in {*plans, *pieces}:
        asked = _asked(plans[order])
        open_, left = dict(asked), {}
        for payment, chosen, amount in pieces[order]:
            part = min(amount, open_[chosen]) if chosen in open_ else 0
            left[payment] = amount - part
            if part:
                open_[chosen] -= part
                parts.append((payment, order, chosen, chosen, part))
        for payment, chosen, _amount in pieces[order]:
            for plan in open_:
                part = min(left[payment], open_[plan])
                if part:
                    open_[plan] -= part
                    left[payment] -= part
                    parts.append((payment, order, chosen, plan, part))
            if left[payment]:
                parts.append((payment, order, chosen, None, left[payment]))
        for row in plans[order]:
            covered = asked[row.id] - open_[row.id]
            status = 'dropped' if not asked[row.id] else 'settled' if not open_[row.id] else 'partly' if covered else 'open'
            settled.append({'key': row.id, 'a': asked[row.id], 'c': row.amount - asked[row.id], 's': covered, 'st': status})
    if parts:
        columns = ('payment_id', 'sales_order_id', 'chosen_plan_id', 'plan_id', 'amount')
        table = sa.table('payment_allocation', *map(sa.column, columns))
        connection.execute(sa.insert(table), [dict(zip(columns, part)) for part in _joined(parts)])
    if settled:
        connection.execute(sa.text(
            'UPDATE payment_plan SET amount = :a, cut = :c, settled = :s, status = :st WHERE id = :key'
        ), settled)


def _asked(plans) -> dict:
    """What each instalment still asks for; the latest ones of a stopped order are cut down to what was delivered."""
    over = sum(row.amount for row in plans) - plans[0].contract_value if plans and plans[0].status == 'stopped' else 0
    asked = {}
    for row in reversed(plans):
        cut = min(row.amount, max(over, 0))
        asked[row.id] = row.amount - cut
        over -= cut
    return {row.id: asked[row.id] for row in plans}


def _joined(parts) -> list:
    """One row for each payment, order, chosen and covered instalment."""
    sums = defaultdict(int)
    for *about, amount in parts:
        sums[tuple(about)] += amount
    return [(*about, amount) for about, amount in sums.items()]


def _settle_stopped_orders() -> None:
    """What was delivered of a stopped order is owed, what was received too much is owed back: an entry explains it."""
    connection = op.get_bind()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    today = (now + dt.timedelta(hours=8)).date()
    op.execute("UPDATE sales_order SET receivable = contract_value - received WHERE status = 'stopped' AND state = 'approved'")
    stopped = list(connection.execute(sa.text("""
        SELECT id, number, customer_id, owner_id, contract_value, receivable,
               (SELECT coalesce(sum(amount - settled), 0) FROM payment_plan WHERE sales_order_id = sales_order.id) AS open
        FROM sales_order WHERE status = 'stopped' AND state = 'approved' ORDER BY id
    """)))
    for order in stopped:
        changes = {'contract_value': order.contract_value, 'plan_open': order.open, 'receivable': order.receivable}
        if any(changes.values()):
            _correct(connection, order, changes, now, today)
    # Instalments of open orders are settled as the payments say by now; what that changes is explained in the same way.
    _correct_plans(connection, now, today)


def _correct_plans(connection, now, today) -> None:
    query = sa.text("""
        SELECT balance.customer_id, coalesce(sum(plan.amount - plan.settled), 0) - min(balance.plan_open) AS change,
               min(sales_order.id) AS id, min(sales_order.number) AS number, min(sales_order.owner_id) AS owner_id
        FROM customer_balance balance
        JOIN payment_plan plan ON plan.customer_id = balance.customer_id
        JOIN sales_order ON sales_order.id = plan.sales_order_id AND sales_order.state = 'approved'
        GROUP BY balance.customer_id
        HAVING coalesce(sum(plan.amount - plan.settled), 0) <> min(balance.plan_open)
    """)
    for found in list(connection.execute(query)):
        _correct(connection, found, {'plan_open': found.change}, now, today)


def _correct(connection, order, changes, now, today) -> None:
    """One entry of the kind correction, about an order, with the balance that it moves."""
    balance = connection.execute(
        sa.text('SELECT * FROM customer_balance WHERE customer_id = :key'), {'key': order.customer_id}
    ).mappings().one()
    row = {
        'customer_id': order.customer_id, 'sales_order_id': order.id, 'salesperson_id': order.owner_id,
        'kind': 'correction', 'serial': balance['entries'] + 1, 'at': now, 'user_id': None,
        'document_model': 'sales_order', 'document_id': order.id, 'document_number': order.number,
        'on': today, 'original_on': None, 'digest': '',
    }
    for name in FIGURES:
        row[f'{name}_change'] = int(changes.get(name, 0))
        row[f'{name}_after'] = int(balance[name]) + row[f'{name}_change']
    exact = {'at': sa.DateTime(timezone=True), 'on': sa.Date(), 'original_on': sa.Date()}
    stored = row if connection.dialect.name == 'postgresql' else row | {'at': now.replace(tzinfo=None)}
    columns = [sa.column(name, exact.get(name)) for name in row]
    connection.execute(sa.insert(sa.table('receivable_ledger_entry', *columns)), [stored])
    moved = {name: row[f'{name}_after'] for name in FIGURES} | {'entries': row['serial']}
    table = sa.table('customer_balance', sa.column('customer_id'), *map(sa.column, moved))
    connection.execute(sa.update(table).where(table.c.customer_id == order.customer_id).values(moved))


def downgrade() -> None:
    with op.batch_alter_table('stock_ledger_entry', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_ledger_entry_on'))
        batch_op.drop_column('original_on')
        batch_op.drop_column('on')

    with op.batch_alter_table('sales_order', schema=None) as batch_op:
        batch_op.drop_column('is_closed_short')
        batch_op.drop_column('refunded')
        batch_op.drop_column('contract_value')

    with op.batch_alter_table('receivable_ledger_entry', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_receivable_ledger_entry_salesperson_id_ab_user'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_receivable_ledger_entry_salesperson_id'))
        batch_op.drop_index(batch_op.f('ix_receivable_ledger_entry_on'))
        batch_op.drop_index('ix_receivable_ledger_entry_customer_on')
        batch_op.drop_column('original_on')
        batch_op.drop_column('on')
        batch_op.drop_column('refunded_after')
        batch_op.drop_column('refunded_change')
        batch_op.drop_column('salesperson_id')

    op.execute('UPDATE payment_plan SET amount = amount + cut')
    with op.batch_alter_table('payment_plan', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_payment_plan_amount_positive'), type_='check')
        batch_op.create_check_constraint(op.f('ck_payment_plan_amount_positive'), sa.text('amount > 0'))
        batch_op.drop_column('cut')

    with op.batch_alter_table('payment', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_payment_left_within_amount'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_payment_account_id_receiving_account'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('uq_payment_account_id_bank_serial'), type_='unique')
        batch_op.drop_index(batch_op.f('ix_payment_account_id'))
        batch_op.drop_column('refunded')
        batch_op.drop_column('left')
        batch_op.drop_column('bank_serial')
        batch_op.drop_column('account_id')

    with op.batch_alter_table('customer_balance', schema=None) as batch_op:
        batch_op.drop_column('refunded')

    op.create_table('plan_settlement',
    sa.Column('id', sa.INTEGER(), nullable=False),
    sa.Column('plan_id', sa.INTEGER(), nullable=False),
    sa.Column('payment_id', sa.INTEGER(), nullable=False),
    sa.Column('amount', sa.BIGINT(), nullable=False),
    sa.ForeignKeyConstraint(['payment_id'], ['payment.id'], name=op.f('fk_plan_settlement_payment_id_payment')),
    sa.ForeignKeyConstraint(['plan_id'], ['payment_plan.id'], name=op.f('fk_plan_settlement_plan_id_payment_plan')),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('plan_settlement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_settlement_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_plan_settlement_payment_id'), ['payment_id'], unique=False)

    with op.batch_alter_table('refund', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_refund_state'))
        batch_op.drop_index(batch_op.f('ix_refund_sales_order_id'))
        batch_op.drop_index(batch_op.f('ix_refund_refunded_on'))
        batch_op.drop_index(batch_op.f('ix_refund_payment_id'))
        batch_op.drop_index(batch_op.f('ix_refund_method_id'))
        batch_op.drop_index(batch_op.f('ix_refund_customer_id'))
        batch_op.drop_index(batch_op.f('ix_refund_created_by_id'))
        batch_op.drop_index(batch_op.f('ix_refund_account_id'))

    op.drop_table('refund')
    with op.batch_alter_table('payment_allocation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_payment_allocation_sales_order_id'))
        batch_op.drop_index(batch_op.f('ix_payment_allocation_plan_id'))
        batch_op.drop_index(batch_op.f('ix_payment_allocation_payment_id'))
        batch_op.drop_index(batch_op.f('ix_payment_allocation_chosen_plan_id'))

    op.drop_table('payment_allocation')
    with op.batch_alter_table('receiving_account', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_receiving_account_created_by_id'))

    op.drop_table('receiving_account')
    with op.batch_alter_table('closed_month', schema=None) as batch_op:
        batch_op.drop_index('uq_closed_month_month', sqlite_where=sa.text("state = 'closed'"), postgresql_where=sa.text("state = 'closed'"))
        batch_op.drop_index(batch_op.f('ix_closed_month_state'))
        batch_op.drop_index(batch_op.f('ix_closed_month_created_by_id'))

    op.drop_table('closed_month')
    change_codes('receivable_ledger_entry', 'kind', 'kind', ('contract', 'contract_reversed', 'stop', 'reopen', 'plan', 'shipment', 'payment', 'payment_voided', 'payment_assigned'))
    change_codes('payment_plan', 'status', 'status', ('open', 'partly', 'settled'))
