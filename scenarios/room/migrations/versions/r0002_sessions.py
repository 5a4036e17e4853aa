"""Exam sessions: their people and candidates, the jurors' marks, notes, reveals and shares, what was decided."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def _instant(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(24), nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))


def _sitting(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("sitting", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name=f"fk_{table}_sitting"),
    )


def _place(table: str, name: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column(name, sa.String(64), nullable=False),
        sa.ForeignKeyConstraint([name], ["places.id"], name=f"fk_{table}_{name}"),
    )


def _session(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    return (
        sa.Column("session", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["session"], ["sessions.id"], name=f"fk_{table}_session"),
    )


def upgrade() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("type", sa.String(16), nullable=False),
        sa.Column("standard", sa.String(64), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("pack", sa.String(128), nullable=False),
        sa.Column("pack_hash", sa.String(128), nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        _instant("opened_at"),
        _instant("closed_at", nullable=True),
        _instant("erased_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_table(
        "session_people",
        sa.Column("id", sa.Integer, nullable=False),
        *_session("session_people"),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        *_place("session_people", "place"),
        sa.PrimaryKeyConstraint("id", name="pk_session_people"),
        sa.CheckConstraint("role IN ('juror', 'session_manager', 'invigilator')", name=op.f("ck_session_people_role")),
        sa.UniqueConstraint("session", "place", name="uq_session_people_session"),
    )
    op.create_table(
        "candidates",
        sa.Column("id", sa.Integer, nullable=False),
        *_session("candidates"),
        sa.Column("number", sa.String(32), nullable=False),
        *_place("candidates", "station"),
        sa.Column("sitting", sa.String(128), nullable=True),
        sa.Column("variant", sa.String(16), nullable=False),
        sa.Column("seconds", sa.JSON, nullable=False),
        sa.Column("jury", sa.JSON, nullable=False),
        sa.Column("starts_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_candidates"),
        sa.ForeignKeyConstraint(["sitting"], ["sittings.id"], name="fk_candidates_sitting"),
        sa.UniqueConstraint("session", "number", name="uq_candidates_session"),
    )
    op.create_table(
        "marks",
        sa.Column("id", sa.Integer, nullable=False),
        *_sitting("marks"),
        *_place("marks", "seat"),
        sa.Column("criterion", sa.String(16), nullable=False),
        sa.Column("value", sa.String(16), nullable=False),
        _instant("at"),
        sa.Column("write_id", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_marks"),
        sa.UniqueConstraint("write_id", name="uq_marks_write_id"),
    )
    op.create_table(
        "juror_notes",
        sa.Column("id", sa.String(128), nullable=False),
        *_sitting("juror_notes"),
        *_place("juror_notes", "seat"),
        sa.Column("simulation", sa.String(16), nullable=False),
        sa.Column("competence", sa.String(16), nullable=False),
        sa.Column("transversal", sa.String(16), nullable=False),
        _text("text"),
        sa.Column("pinned", sa.Boolean, nullable=False),
        _text("answer"),
        _instant("at"),
        _instant("removed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_juror_notes"),
    )
    op.create_table(
        "reveals",
        sa.Column("id", sa.Integer, nullable=False),
        *_sitting("reveals"),
        *_place("reveals", "seat"),
        sa.Column("simulation", sa.String(16), nullable=False),
        sa.Column("fact", sa.String(64), nullable=False),
        sa.Column("said", sa.Boolean, nullable=False),
        _instant("at"),
        sa.Column("write_id", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reveals"),
        sa.UniqueConstraint("write_id", name="uq_reveals_write_id"),
    )
    op.create_table(
        "shares",
        *_sitting("shares"),
        *_place("shares", "seat"),
        _instant("at"),
        sa.PrimaryKeyConstraint("sitting", "seat", name="pk_shares"),
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.String(128), nullable=False),
        *_sitting("decisions"),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_place("decisions", "seat"),
        _instant("at"),
        sa.PrimaryKeyConstraint("id", name="pk_decisions"),
    )
    op.create_table(
        "assents",
        sa.Column("decision", sa.String(128), nullable=False),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name="fk_assents_decision"),
        *_place("assents", "seat"),
        _instant("at"),
        sa.PrimaryKeyConstraint("decision", "seat", name="pk_assents"),
    )
    op.create_table(
        "exhibits",
        *_sitting("exhibits"),
        sa.Column("what", sa.String(32), nullable=False),
        *_place("exhibits", "seat"),
        _text("remark"),
        _instant("at"),
        sa.PrimaryKeyConstraint("sitting", "what", "seat", name="pk_exhibits"),
    )
