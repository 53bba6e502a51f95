"""a password that somebody else gave is changed"""

import sqlalchemy as sa
from alembic import op


revision = '20261128_0040_0a11'
down_revision = '20261128_0015_5e55'
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not in a batch: SQLite would make the table anew, which other tables refer to.
    op.add_column('ab_user', sa.Column('password_given', sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column('ab_user', 'password_given')
