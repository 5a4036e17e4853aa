"""What Alembic runs: on the connection and in the transaction that `scenarios.room.register` gives, and only there."""

from alembic import context

from scenarios.room.register import VERSION_TABLE
from scenarios.room.register_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
