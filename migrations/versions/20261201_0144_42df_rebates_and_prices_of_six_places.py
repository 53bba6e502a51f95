"""rebates and prices of six places"""

import sqlalchemy as sa
from alembic import op


revision = '20261201_0144_42df'
down_revision = '20261130_2345_d1f7'
branch_labels = None
depends_on = None

DOCUMENTS = ('sales_order', 'purchase_order')
# Every column of prices: until now whole units of four places, from now on of six.
PRICES = (
    ('product', ('list_price', 'cost_price')),
    ('product_price', ('price',)),
    ('sales_order_line', ('unit_price', 'list_price')),
    ('purchase_order_line', ('unit_price', 'list_price')),
    ('shipment_line', ('unit_price', 'cost_price')),
    ('goods_receipt_line', ('unit_cost',)),
)
FINER = 100
REWRITES = tuple(f'{table}.{column}' for table, columns in PRICES for column in columns)
RESCALES = dict.fromkeys(REWRITES, FINER)


def upgrade() -> None:
    """All prices so far include tax and nothing was taken off a whole, so the effective price is the unit price."""
    for document in DOCUMENTS:
        with op.batch_alter_table(document) as batch:
            batch.add_column(sa.Column('prices', sa.String(length=20), server_default='gross', nullable=False))
            batch.add_column(sa.Column('rebate', sa.BigInteger(), server_default='0', nullable=False))
            batch.create_check_constraint(op.f(f'ck_{document}_prices'), sa.text("prices IN ('gross', 'net')"))
            batch.create_check_constraint(op.f(f'ck_{document}_rebate_not_negative'), sa.text('rebate >= 0'))
        with op.batch_alter_table(f'{document}_line') as batch:
            batch.add_column(sa.Column('rebate', sa.BigInteger(), server_default='0', nullable=False))
            batch.add_column(sa.Column('effective_price', sa.BigInteger(), server_default='0', nullable=False))
    for table, columns in PRICES:  # each row is written once
        prices = sa.table(table, *map(sa.column, columns), sa.column('effective_price'))
        finer = {name: prices.c[name] * FINER for name in columns}
        if table in ('sales_order_line', 'purchase_order_line'):
            finer['effective_price'] = finer['unit_price']
        op.execute(prices.update().values(finer))


def downgrade() -> None:
    """Take the columns away; a price of more than four places is cut off after them."""
    for document in DOCUMENTS:
        with op.batch_alter_table(f'{document}_line') as batch:
            batch.drop_column('effective_price')
            batch.drop_column('rebate')
        with op.batch_alter_table(document) as batch:
            batch.drop_constraint(op.f(f'ck_{document}_rebate_not_negative'), type_='check')
            batch.drop_constraint(op.f(f'ck_{document}_prices'), type_='check')
            batch.drop_column('rebate')
            batch.drop_column('prices')
    for table, columns in PRICES:
        prices = sa.table(table, *(sa.column(name, sa.BigInteger) for name in columns))
        op.execute(prices.update().values({name: prices.c[name] // FINER for name in columns}))
