"""a keyed chain over log and ledgers"""

import sqlalchemy as sa
from alembic import op


revision = '20261130_2235_c4a1'
down_revision = '20261130_2232_55b8'
branch_labels = None
depends_on = None

# Rows that are there have no digest of their own, or one without a key: migrations/env.py seals them as they are.
WITHOUT = ('audit_entry',)


def upgrade() -> None:
    # Not in a batch: SQLite would make the tables anew, which takes long where the log is.
    for table in WITHOUT:
        op.add_column(table, sa.Column('digest', sa.String(length=32), server_default='', nullable=False))
    op.create_table('chain_seal',
    sa.Column('number', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('parts', sa.JSON(), nullable=False),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_chain_seal'))
    )


def downgrade() -> None:
    op.drop_table('chain_seal')
    for table in WITHOUT:
        op.drop_column(table, 'digest')
