"""The register's schema, one revision after the other (Alembic). `scenarios.register.Register.open` brings a register to the last one."""
