"""The register's schema, one Alembic revision after the other; `scenarios.room.register.Register.open` brings one to the last."""
