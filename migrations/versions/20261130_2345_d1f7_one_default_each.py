"""one default each"""

import sqlalchemy as sa
from alembic import op


revision = '20261130_2345_d1f7'
down_revision = '20261130_2240_b1a9'
branch_labels = None
depends_on = None

# Table, mark, what the rows have in common of which one at most is marked, and the order in which one was taken so far.
MARKS = (
    ('dictionary_item', 'is_default', 'dictionary', ('state', 'position', 'id')),
    ('warehouse', 'is_main', None, ('is_active', 'id')),
    ('contact', 'is_primary', 'customer_id', ('id',)),
)


def upgrade() -> None:
    """Take the mark from all rows but the one that the program went by while several had it."""
    for name, mark, common, order in MARKS:
        columns = {mark, *order, *((common,) if common else ())}
        table = sa.table(name, *(sa.column(column) for column in columns))
        rows = op.get_bind().execute(sa.select(table).where(table.c[mark] == sa.true())).mappings().all()
        kept = set()
        for row in sorted(rows, key=lambda row: tuple(_rank(column, row[column]) for column in order)):
            group = row[common] if common else None
            if group in kept:
                op.execute(table.update().where(table.c.id == row['id']).values({mark: sa.false()}))
            kept.add(group)


def _rank(column, value):
    """Rows that are in use come first, the others by their numbers."""
    if column == 'state':
        return value != 'enabled'
    return not value if column == 'is_active' else value


def downgrade() -> None:
    """Nothing is to be taken back: one mark each was allowed before, too."""
