"""Places, who was let in at them, seats of the jury, sittings, tests of the room."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _instant(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(24), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        _instant("retired_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.CheckConstraint("kind IN ('station', 'seat', 'manager', 'invigilator')", name=op.f("ck_places_kind")),
    )
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("token_sha256", sa.String(64), nullable=False),
        sa.Column("device", sa.Text, nullable=False),
        _instant("created_at"),
        _instant("revoked_at", nullable=True),
        _instant("last_seen", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name="fk_enrolments_place"),
        sa.UniqueConstraint("token_sha256", name="uq_enrolments_token_sha256"),
    )
    standing = sa.text("revoked_at IS NULL")
    op.create_index("ix_enrolments_standing", "enrolments", ["place"], unique=True, sqlite_where=standing, postgresql_where=standing)
    op.create_table(
        "enrolment_codes",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("place", sa.String(64), nullable=False),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("verifier", sa.String(64), nullable=False),
        _instant("expires_at"),
        sa.Column("wrong", sa.Integer, nullable=False),
        _instant("used_at", nullable=True),
        _instant("closed_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_codes"),
        sa.ForeignKeyConstraint(["place"], ["places.id"], name="fk_enrolment_codes_place"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("seat", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        _instant("since"),
        _instant("until", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_assignments"),
        sa.ForeignKeyConstraint(["seat"], ["places.id"], name="fk_assignments_seat"),
        sa.ForeignKeyConstraint(["station"], ["places.id"], name="fk_assignments_station"),
        sa.CheckConstraint("role IN ('role_player', 'observer')", name=op.f("ck_assignments_role")),
    )
    op.create_table(
        "sittings",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("station", sa.String(64), nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("pack", sa.String(128), nullable=False),
        sa.Column("pack_hash", sa.String(128), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        _instant("opened_at"),
        sa.PrimaryKeyConstraint("id", name="pk_sittings"),
        sa.ForeignKeyConstraint(["station"], ["places.id"], name="fk_sittings_station"),
    )
    op.create_table(
        "room_checks",
        sa.Column("id", sa.Integer, nullable=False),
        _instant("at"),
        sa.Column("verdict", sa.String(8), nullable=False),
        sa.Column("run_by", sa.Text, nullable=False),
        sa.Column("measurements", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_room_checks"),
        sa.CheckConstraint("verdict IN ('go', 'no_go')", name=op.f("ck_room_checks_verdict")),
    )
