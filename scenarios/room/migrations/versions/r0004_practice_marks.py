"""A mark of practice is of one simulation; an exam's, of the whole passage ("")."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("marks", sa.Column("simulation", sa.String(16), nullable=False, server_default=sa.text("''")))
