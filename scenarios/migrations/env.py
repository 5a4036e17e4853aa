"""What Alembic runs: on the connection and in the transaction that `scenarios.register` gives, and only there."""

from alembic import context

from scenarios.register import VERSION_TABLE
from scenarios.register_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
