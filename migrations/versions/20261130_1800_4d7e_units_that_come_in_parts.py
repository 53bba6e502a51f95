"""units that come in parts"""

import sqlalchemy as sa
from alembic import op


revision = '20261130_1800_4d7e'
down_revision = '20261130_1710_9a11'
branch_labels = None
depends_on = None

# Units in which nothing is counted in parts. A unit of a firm that is not among them stays divisible, as all were.
WHOLE = ('个', '件', '台', '套', '把', '支', '只', '盒', '箱', '包', '副', '双', '对', '枚', '组', '瓶')


def upgrade() -> None:
    # Not in a batch: SQLite would make the table anew, which other tables refer to.
    op.add_column('dictionary_item', sa.Column('is_divisible', sa.Boolean(), server_default=sa.true(), nullable=False))
    item = sa.table('dictionary_item', sa.column('dictionary'), sa.column('label'), sa.column('is_divisible'))
    op.execute(
        item.update().where(item.c.dictionary == 'unit', item.c.label.in_(WHOLE)).values(is_divisible=sa.false())
    )


def downgrade() -> None:
    op.drop_column('dictionary_item', 'is_divisible')
