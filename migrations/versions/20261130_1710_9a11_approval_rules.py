"""approval rules"""

import json

import sqlalchemy as sa
from alembic import op


revision = '20261130_1710_9a11'
down_revision = '20261130_1608_3a2c'
branch_labels = None
depends_on = None

SETTING = 'sales_order_approver'
NAME = '订单由总经理审批'
PRICED = (('sales_order', 'sales_order_line'), ('purchase_order', 'purchase_order_line'))


def upgrade() -> None:
    op.create_table('approval_rule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('document', sa.String(length=60), nullable=False),
    sa.Column('decided_by', sa.Enum('superior', 'role', 'people', name='decided_by', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('role_id', sa.Integer(), nullable=True),
    sa.Column('total_from', sa.BigInteger(), nullable=True),
    sa.Column('discount_below', sa.BigInteger(), nullable=True),
    sa.Column('category_id', sa.Integer(), nullable=True),
    sa.Column('deputy_id', sa.Integer(), nullable=True),
    sa.Column('deputy_from', sa.Date(), nullable=True),
    sa.Column('deputy_until', sa.Date(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(decided_by = 'role') = (role_id IS NOT NULL)", name=op.f('ck_approval_rule_role_where_a_role_decides')),
    sa.CheckConstraint('deputy_until >= deputy_from', name=op.f('ck_approval_rule_deputy_until_after_from')),
    sa.CheckConstraint('discount_below > 0 AND discount_below <= 10000', name=op.f('ck_approval_rule_discount_in_range')),
    sa.CheckConstraint('total_from > 0', name=op.f('ck_approval_rule_total_positive')),
    sa.ForeignKeyConstraint(['category_id'], ['dictionary_item.id'], name=op.f('fk_approval_rule_category_id_dictionary_item')),
    sa.ForeignKeyConstraint(['created_by_id'], ['ab_user.id'], name=op.f('fk_approval_rule_created_by_id_ab_user')),
    sa.ForeignKeyConstraint(['deputy_id'], ['ab_user.id'], name=op.f('fk_approval_rule_deputy_id_ab_user')),
    sa.ForeignKeyConstraint(['role_id'], ['ab_role.id'], name=op.f('fk_approval_rule_role_id_ab_role')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval_rule')),
    sa.UniqueConstraint('name', name=op.f('uq_approval_rule_name'))
    )
    with op.batch_alter_table('approval_rule', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_rule_category_id'), ['category_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_rule_created_by_id'), ['created_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_rule_deputy_id'), ['deputy_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_rule_document'), ['document'], unique=False)
        batch_op.create_index(batch_op.f('ix_approval_rule_role_id'), ['role_id'], unique=False)
    op.create_table('approval_rule_person',
    sa.Column('rule_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['rule_id'], ['approval_rule.id'], name=op.f('fk_approval_rule_person_rule_id_approval_rule'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_approval_rule_person_user_id_ab_user')),
    sa.PrimaryKeyConstraint('rule_id', 'user_id', name=op.f('pk_approval_rule_person'))
    )
    with op.batch_alter_table('approval_rule_person', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_rule_person_user_id'), ['user_id'], unique=False)
    for document, line in PRICED:
        # Not in a batch: SQLite would make the table anew, which other tables refer to.
        op.add_column(document, sa.Column('lowest_discount', sa.BigInteger(), nullable=True))
        op.execute(sa.text(_lowest_discounts(document, line)))
    _setting_becomes_a_rule()


def _lowest_discounts(document: str, line: str) -> str:
    """Ten-thousandths of the list price, cut off after that."""
    part = 'unit_price * 10000 / list_price'  # SQLite divides whole numbers to a whole number
    if op.get_bind().dialect.name == 'postgresql':  # a bigint does not hold ten thousand times the largest price
        part = 'trunc(unit_price::numeric * 10000 / list_price)::bigint'
    lowest = f'min(CASE WHEN unit_price >= list_price THEN 10000 ELSE {part} END)'
    lines = f'SELECT {lowest} FROM {line} WHERE order_id = {document}.id AND list_price > 0'
    return f'UPDATE {document} SET lowest_discount = ({lines})'


setting = sa.table('setting', sa.column('key'), sa.column('value', sa.JSON), *map(sa.column, ('created_at', 'changed_at', 'version')))
role = sa.table('ab_role', sa.column('id'), sa.column('name'))
rule = sa.table(
    'approval_rule',
    *map(sa.column, ('name', 'document', 'decided_by', 'role_id', 'total_from', 'discount_below', 'category_id')),
    *map(sa.column, ('created_at', 'changed_at', 'version')),
)
NOW = (sa.func.current_timestamp(), sa.func.current_timestamp(), sa.literal(1))


def _setting_becomes_a_rule() -> None:
    """Who chose the general manager for orders keeps that; the other choice is what holds without a rule."""
    chosen = op.get_bind().execute(sa.select(setting.c.value).where(setting.c.key == SETTING)).scalar()
    if chosen == 'boss':
        values = (sa.literal(NAME), sa.literal('sales_order'), sa.literal('role'), role.c.id, *NOW)
        columns = ['name', 'document', 'decided_by', 'role_id', 'created_at', 'changed_at', 'version']
        op.execute(sa.insert(rule).from_select(columns, sa.select(*values).where(role.c.name == 'boss')))
    op.execute(sa.delete(setting).where(setting.c.key == SETTING))


def downgrade() -> None:
    is_plain = (rule.c.total_from.is_(None), rule.c.discount_below.is_(None), rule.c.category_id.is_(None))
    by_boss = sa.select(rule.c.name).join(role, role.c.id == rule.c.role_id).where(
        rule.c.document == 'sales_order', role.c.name == 'boss', *is_plain
    )
    if op.get_bind().execute(by_boss).first() is not None:
        values = dict(zip(('created_at', 'changed_at', 'version'), NOW))
        op.execute(sa.insert(setting).values(key=SETTING, value='boss', **values))
    for document, _line in PRICED:
        op.drop_column(document, 'lowest_discount')
    op.drop_table('approval_rule_person')
    op.drop_table('approval_rule')
