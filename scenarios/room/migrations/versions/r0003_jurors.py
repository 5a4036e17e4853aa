"""What jurors note is by juror, no longer by seat: one may take another's place at it. Candidates say who trained them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _sitting(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("sitting", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=f"fk_{table}_sitting"),
    )


def _column(name: str, length: int, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))


def _juror() -> sa.Column[str]:
    return _column("juror", 96)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return _column(name, 24, nullable=nullable)


def upgrade() -> None:
    """A juror of before is known by the seat. Tables are made anew: not every database can drop a reference."""
    tables: dict[str, Sequence[Any]] = {
        "marks": (
            sa.Column("id", sa.Integer, nullable=False),
            *_sitting("marks"),
            _juror(),
            _column("criterion", 16),
            _column("value", 16),
            _instant("at"),
            _column("write_id", 128),
            sa.PrimaryKeyConstraint("id", name="pk_marks"),
            sa.UniqueConstraint("write_id", name="uq_marks_write_id"),
        ),
        "juror_notes": (
            _column("id", 128),
            *_sitting("juror_notes"),
            _juror(),
            _column("simulation", 16),
            _column("competence", 16),
            _column("transversal", 16),
            _text("text"),
            sa.Column("pinned", sa.Boolean, nullable=False),
            _text("answer"),
            _instant("at"),
            _instant("removed_at", nullable=True),
            sa.PrimaryKeyConstraint("id", name="pk_juror_notes"),
        ),
        "reveals": (
            sa.Column("id", sa.Integer, nullable=False),
            *_sitting("reveals"),
            _juror(),
            _column("simulation", 16),
            _column("fact", 64),
            sa.Column("said", sa.Boolean, nullable=False),
            _instant("at"),
            _column("write_id", 128),
            sa.PrimaryKeyConstraint("id", name="pk_reveals"),
            sa.UniqueConstraint("write_id", name="uq_reveals_write_id"),
        ),
        "shares": (*_sitting("shares"), _juror(), _instant("at"), sa.PrimaryKeyConstraint("sitting", "juror", name="pk_shares")),
        "decisions": (
            _column("id", 128),
            *_sitting("decisions"),
            _column("subject", 16),
            _column("outcome", 16),
            sa.Column("reason", sa.Text, nullable=False),
            _juror(),
            _instant("at"),
            sa.PrimaryKeyConstraint("id", name="pk_decisions"),
        ),
        "assents": (
            _column("decision", 128),
            sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name="fk_assents_decision"),
            _juror(),
            _instant("at"),
            sa.PrimaryKeyConstraint("decision", "juror", name="pk_assents"),
        ),
        "exhibits": (
            *_sitting("exhibits"),
            _column("what", 32),
            _juror(),
            _text("remark"),
            _instant("at"),
            sa.PrimaryKeyConstraint("sitting", "what", "juror", name="pk_exhibits"),
        ),
    }
    kept = {name: _rows(name) for name in tables}
    for name in ("assents", *(one for one in tables if one != "assents")):
        op.drop_table(name)
    for name, columns in tables.items():
        made = op.create_table(name, *columns)
        if kept[name]:
            op.bulk_insert(made, kept[name])
    op.add_column("candidates", sa.Column("trainers", sa.JSON, nullable=False, server_default=sa.text("'[]'")))


def _rows(name: str) -> list[dict[str, Any]]:
    """In their order. Numbers of rows are drawn anew, where a database counts them itself."""
    table = sa.Table(name, sa.MetaData(), autoload_with=op.get_bind(), resolve_fks=False)
    numbered = name in ("marks", "reveals")
    rows = []
    for row in op.get_bind().execute(sa.select(table).order_by(*table.primary_key.columns)).mappings():
        values = {**row, "juror": row["seat"]}
        del values["seat"]
        if numbered:
            del values["id"]
        rows.append(values)
    return rows
