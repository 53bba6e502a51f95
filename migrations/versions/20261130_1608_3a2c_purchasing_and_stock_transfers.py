"""purchasing and stock transfers"""

import sqlalchemy as sa
from alembic import op

from migrations.codes import change_codes


revision = '20261130_1608_3a2c'
down_revision = '20261128_0040_0a11'
branch_labels = None
depends_on = None

KINDS = ('opening', 'opening_reversed', 'reserve', 'release', 'issue', 'issue_reversed')
NEW_KINDS = ('receipt', 'transfer_out', 'transfer_in')


def upgrade() -> None:
    change_codes('stock_ledger_entry', 'kind', 'kind', KINDS + NEW_KINDS)
    op.create_table('stock_transfer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('from_warehouse_id', sa.Integer(), nullable=False),
    sa.Column('to_warehouse_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=200), nullable=True),
    sa.Column('state', sa.Enum('draft', 'confirmed', 'done', 'cancelled', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('from_warehouse_id <> to_warehouse_id', name=op.f('ck_stock_transfer_two_warehouses')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_stock_transfer_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['from_warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_transfer_from_warehouse_id_warehouse')),
    sa.ForeignKeyConstraint(['to_warehouse_id'], ['warehouse.id'], name=op.f('fk_stock_transfer_to_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_transfer')),
    sa.UniqueConstraint('number', name=op.f('uq_stock_transfer_number'))
    )
    with op.batch_alter_table('stock_transfer', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_transfer_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_transfer_from_warehouse_id'), ['from_warehouse_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_transfer_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_transfer_to_warehouse_id'), ['to_warehouse_id'], unique=False)

    op.create_table('supplier',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=True),
    sa.Column('contact', sa.String(length=60), nullable=True),
    sa.Column('mobile', sa.String(length=60), nullable=True),
    sa.Column('address', sa.String(length=200), nullable=True),
    sa.Column('tax_id', sa.String(length=60), nullable=True),
    sa.Column('bank', sa.String(length=200), nullable=True),
    sa.Column('account', sa.String(length=60), nullable=True),
    sa.Column('settlement_id', sa.Integer(), nullable=True),
    sa.Column('discontinued', sa.Boolean(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_supplier_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['settlement_id'], ['dictionary_item.id'], name=op.f('fk_supplier_settlement_id_dictionary_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_supplier')),
    sa.UniqueConstraint('name', name=op.f('uq_supplier_name')),
    sa.UniqueConstraint('number', name=op.f('uq_supplier_number'))
    )
    with op.batch_alter_table('supplier', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_supplier_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_supplier_settlement_id'), ['settlement_id'], unique=False)

    op.create_table('stock_transfer_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('moved', sa.BigInteger(), nullable=False),
    sa.Column('transfer_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=True),
    sa.CheckConstraint('0 <= moved AND moved <= quantity', name=op.f('ck_stock_transfer_line_moved_within_wanted')),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_stock_transfer_line_quantity_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_stock_transfer_line_product_id_product')),
    sa.ForeignKeyConstraint(['transfer_id'], ['stock_transfer.id'], name=op.f('fk_stock_transfer_line_transfer_id_stock_transfer'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stock_transfer_line'))
    )
    with op.batch_alter_table('stock_transfer_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stock_transfer_line_product_id'), ['product_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_stock_transfer_line_transfer_id'), ['transfer_id'], unique=False)

    op.create_table('purchase_order',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('supplier_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('expected_on', sa.Date(), nullable=False),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('sales_order_id', sa.Integer(), nullable=True),
    sa.Column('receipt_status', sa.Enum('none', 'made', 'partly', 'all', name='receipt_status', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('buyer_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'pending', 'approved', 'rejected', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_by_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved_by_id', sa.Integer(), nullable=True),
    sa.Column('rejection_reason', sa.Text(), nullable=True),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('tax_total', sa.BigInteger(), nullable=False),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('expected_on >= ordered_on', name=op.f('ck_purchase_order_expected_after_ordering')),
    sa.CheckConstraint('total >= 0', name=op.f('ck_purchase_order_total_not_negative')),
    sa.ForeignKeyConstraint(['approved_by_id'], ['ab_user.id'], name=op.f('fk_purchase_order_approved_by_id_ab_user')),
    sa.ForeignKeyConstraint(['buyer_id'], ['ab_user.id'], name=op.f('fk_purchase_order_buyer_id_ab_user')),
    sa.ForeignKeyConstraint(['category_id'], ['dictionary_item.id'], name=op.f('fk_purchase_order_category_id_dictionary_item')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_purchase_order_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['customer_id'], ['customer.id'], name=op.f('fk_purchase_order_customer_id_customer')),
    sa.ForeignKeyConstraint(['sales_order_id'], ['sales_order.id'], name=op.f('fk_purchase_order_sales_order_id_sales_order')),
    sa.ForeignKeyConstraint(['submitted_by_id'], ['ab_user.id'], name=op.f('fk_purchase_order_submitted_by_id_ab_user')),
    sa.ForeignKeyConstraint(['supplier_id'], ['supplier.id'], name=op.f('fk_purchase_order_supplier_id_supplier')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_purchase_order_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_order')),
    sa.UniqueConstraint('number', name=op.f('uq_purchase_order_number'))
    )
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchase_order_approved_by_id'), ['approved_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_buyer_id'), ['buyer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_category_id'), ['category_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_expected_on'), ['expected_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_ordered_on'), ['ordered_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_sales_order_id'), ['sales_order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_submitted_by_id'), ['submitted_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_supplier_id'), ['supplier_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('goods_receipt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=30), nullable=False),
    sa.Column('kind', sa.Enum('purchase', name='kind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('warehouse_id', sa.Integer(), nullable=False),
    sa.Column('purchase_order_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'confirmed', 'cancelled', name='state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by_id', sa.Integer(), nullable=True),
    sa.Column('remark', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['confirmed_by_id'], ['ab_user.id'], name=op.f('fk_goods_receipt_confirmed_by_id_ab_user')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_goods_receipt_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['purchase_order_id'], ['purchase_order.id'], name=op.f('fk_goods_receipt_purchase_order_id_purchase_order')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouse.id'], name=op.f('fk_goods_receipt_warehouse_id_warehouse')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_receipt')),
    sa.UniqueConstraint('number', name=op.f('uq_goods_receipt_number'))
    )
    with op.batch_alter_table('goods_receipt', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_goods_receipt_confirmed_by_id'), ['confirmed_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_purchase_order_id'), ['purchase_order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_state'), ['state'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_warehouse_id'), ['warehouse_id'], unique=False)

    op.create_table('purchase_order_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('received', sa.BigInteger(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.Column('unit_price', sa.BigInteger(), nullable=False),
    sa.Column('list_price', sa.BigInteger(), nullable=False),
    sa.Column('tax_rate', sa.BigInteger(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('tax', sa.BigInteger(), nullable=False),
    sa.Column('remark', sa.String(length=200), nullable=True),
    sa.CheckConstraint('0 <= received AND received <= quantity', name=op.f('ck_purchase_order_line_received_within_ordered')),
    sa.CheckConstraint('quantity >= 0', name=op.f('ck_purchase_order_line_quantity_not_negative')),
    sa.CheckConstraint('unit_price >= 0', name=op.f('ck_purchase_order_line_price_not_negative')),
    sa.ForeignKeyConstraint(['order_id'], ['purchase_order.id'], name=op.f('fk_purchase_order_line_order_id_purchase_order'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_purchase_order_line_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchase_order_line'))
    )
    with op.batch_alter_table('purchase_order_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_purchase_order_line_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_purchase_order_line_product_id'), ['product_id'], unique=False)

    op.create_table('goods_receipt_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_cost', sa.BigInteger(), nullable=False),
    sa.Column('order_line_id', sa.Integer(), nullable=False),
    sa.Column('receipt_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity >= 0', name=op.f('ck_goods_receipt_line_quantity_not_negative')),
    sa.ForeignKeyConstraint(['order_line_id'], ['purchase_order_line.id'], name=op.f('fk_goods_receipt_line_order_line_id_purchase_order_line')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_goods_receipt_line_product_id_product')),
    sa.ForeignKeyConstraint(['receipt_id'], ['goods_receipt.id'], name=op.f('fk_goods_receipt_line_receipt_id_goods_receipt'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_goods_receipt_line'))
    )
    with op.batch_alter_table('goods_receipt_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_goods_receipt_line_order_line_id'), ['order_line_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_line_product_id'), ['product_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_goods_receipt_line_receipt_id'), ['receipt_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('goods_receipt_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_goods_receipt_line_receipt_id'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_line_product_id'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_line_order_line_id'))

    op.drop_table('goods_receipt_line')
    with op.batch_alter_table('purchase_order_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchase_order_line_product_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_line_order_id'))

    op.drop_table('purchase_order_line')
    with op.batch_alter_table('goods_receipt', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_goods_receipt_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_state'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_purchase_order_id'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_created_by_id'))
        batch_op.drop_index(batch_op.f('ix_goods_receipt_confirmed_by_id'))

    op.drop_table('goods_receipt')
    with op.batch_alter_table('purchase_order', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_purchase_order_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_supplier_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_submitted_by_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_state'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_sales_order_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_ordered_on'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_expected_on'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_customer_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_created_by_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_category_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_buyer_id'))
        batch_op.drop_index(batch_op.f('ix_purchase_order_approved_by_id'))

    op.drop_table('purchase_order')
    with op.batch_alter_table('stock_transfer_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_transfer_line_transfer_id'))
        batch_op.drop_index(batch_op.f('ix_stock_transfer_line_product_id'))

    op.drop_table('stock_transfer_line')
    with op.batch_alter_table('supplier', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_supplier_settlement_id'))
        batch_op.drop_index(batch_op.f('ix_supplier_created_by_id'))

    op.drop_table('supplier')
    with op.batch_alter_table('stock_transfer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_stock_transfer_to_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stock_transfer_state'))
        batch_op.drop_index(batch_op.f('ix_stock_transfer_from_warehouse_id'))
        batch_op.drop_index(batch_op.f('ix_stock_transfer_created_by_id'))

    op.drop_table('stock_transfer')
    change_codes('stock_ledger_entry', 'kind', 'kind', KINDS)
