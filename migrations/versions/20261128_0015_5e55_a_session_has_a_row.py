"""a session has a row of its own"""

import sqlalchemy as sa
from alembic import op

import app.core.db.types


revision = '20261128_0015_5e55'
down_revision = '20261124_1440_7c21'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'user_session',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('user_id', sa.Integer(), nullable=False),
        sa.Column('seal', sa.String(length=64), nullable=False),
        sa.Column('began_at', app.core.db.types.UtcDateTime(), nullable=False),
        sa.Column('address', sa.String(length=60), nullable=False),
        sa.Column('agent', sa.String(length=200), nullable=False),
        sa.Column('is_program', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['user_id'], ['ab_user.id'], name=op.f('fk_user_session_user_id_ab_user'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_user_session')),
        sa.UniqueConstraint('seal', name=op.f('uq_user_session_seal')),
    )
    op.create_index(op.f('ix_user_session_user_id'), 'user_session', ['user_id'])
    op.drop_column('ab_user', 'session_stamp')


def downgrade() -> None:
    op.add_column('ab_user', sa.Column('session_stamp', sa.Integer(), server_default=sa.text('0'), nullable=False))
    op.drop_table('user_session')
