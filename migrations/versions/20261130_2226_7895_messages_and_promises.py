"""messages and promises"""

import sqlalchemy as sa
from alembic import op


revision = '20261130_2226_7895'
down_revision = '20261130_1800_4d7e'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('to_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(length=1000), nullable=False),
    sa.Column('about', sa.String(length=60), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(text) > 0', name=op.f('ck_message_text_given')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_message_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['to_id'], ['ab_user.id'], name=op.f('fk_message_to_id_ab_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message'))
    )
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_message_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_message_to_id'), ['to_id'], unique=False)
        batch_op.create_index('ix_message_unread', ['to_id'], unique=False, postgresql_where=sa.text('read_at IS NULL'), sqlite_where=sa.text('read_at IS NULL'))

    op.create_table('taken_promise',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_model', sa.String(length=40), nullable=False),
    sa.Column('document_id', sa.Integer(), nullable=False),
    sa.Column('product_id', sa.Integer(), nullable=False),
    sa.Column('order_id', sa.Integer(), nullable=False),
    sa.Column('order_number', sa.String(length=40), nullable=False),
    sa.Column('quantity', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_taken_promise_quantity_positive')),
    sa.ForeignKeyConstraint(['product_id'], ['product.id'], name=op.f('fk_taken_promise_product_id_product')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_taken_promise'))
    )
    with op.batch_alter_table('taken_promise', schema=None) as batch_op:
        batch_op.create_index('ix_taken_promise_document', ['document_model', 'document_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_taken_promise_order_id'), ['order_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_taken_promise_product_id'), ['product_id'], unique=False)

    with op.batch_alter_table('purchase_order_line', schema=None) as batch_op:
        batch_op.create_index('ix_purchase_order_line_to_receive', ['product_id'], unique=False, postgresql_where=sa.text('quantity > received'), sqlite_where=sa.text('quantity > received'))

    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.create_index('ix_sales_order_line_to_issue', ['product_id'], unique=False, postgresql_where=sa.text('quantity > issued'), sqlite_where=sa.text('quantity > issued'))



def downgrade() -> None:
    with op.batch_alter_table('sales_order_line', schema=None) as batch_op:
        batch_op.drop_index('ix_sales_order_line_to_issue', postgresql_where=sa.text('quantity > issued'), sqlite_where=sa.text('quantity > issued'))

    with op.batch_alter_table('purchase_order_line', schema=None) as batch_op:
        batch_op.drop_index('ix_purchase_order_line_to_receive', postgresql_where=sa.text('quantity > received'), sqlite_where=sa.text('quantity > received'))

    with op.batch_alter_table('taken_promise', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_taken_promise_product_id'))
        batch_op.drop_index(batch_op.f('ix_taken_promise_order_id'))
        batch_op.drop_index('ix_taken_promise_document')

    op.drop_table('taken_promise')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_unread', postgresql_where=sa.text('read_at IS NULL'), sqlite_where=sa.text('read_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_message_to_id'))
        batch_op.drop_index(batch_op.f('ix_message_created_by_id'))

    op.drop_table('message')
