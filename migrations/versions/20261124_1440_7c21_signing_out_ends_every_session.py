"""signing out ends every session"""

import sqlalchemy as sa
from alembic import op


revision = '20261124_1440_7c21'
down_revision = '20261124_1115_3201'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: SQLite would make the table anew, which other tables refer to.
    op.add_column('ab_user', sa.Column('session_stamp', sa.Integer(), server_default=sa.text('0'), nullable=False))


def downgrade() -> None:
    op.drop_column('ab_user', 'session_stamp')
