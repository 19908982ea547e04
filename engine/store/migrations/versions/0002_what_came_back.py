"""what came back"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store import types

revision = "0002"
down_revision = "0001"

TROUBLE = sa.text("kind IN ('complained', 'rejected')")

SINGLE = sa.text("serial IS NOT NULL AND state <> 'returned'")
RESERVED = sa.text("state = 'reserved'")
BEGUN = sa.text("sent_at IS NOT NULL")
UNSURE = sa.text("state IN ('unknown', 'unresolved')")


def upgrade() -> None:
    op.create_index(
        "ix_delivery_begun",
        "delivery",
        ["channel", "sent_at"],
        unique=False,
        postgresql_where=BEGUN,
        sqlite_where=BEGUN,
    )
    op.create_index(
        "ix_delivery_unsure",
        "delivery",
        ["sent_at"],
        unique=False,
        postgresql_where=UNSURE,
        sqlite_where=UNSURE,
    )
    op.create_table(
        "rest",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.create_table(
        "code",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("dedupe_key", types.ByteText, nullable=False),
        sa.Column("offer", types.ByteText, nullable=False),
        sa.Column("code", types.ByteText, nullable=False),
        sa.Column("serial", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reserved_at", types.Instant(), nullable=False),
        sa.Column("issued_at", types.Instant(), nullable=True),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("redeemed_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "dedupe_key", "offer"),
    )
    op.create_index("ix_code_code", "code", ["code", "offer"], unique=False)
    op.create_index(
        "ux_code_single",
        "code",
        ["offer", "code"],
        unique=True,
        postgresql_where=SINGLE,
        sqlite_where=SINGLE,
    )
    op.create_index(
        "ix_code_reserved",
        "code",
        ["customer_id"],
        unique=False,
        postgresql_where=RESERVED,
        sqlite_where=RESERVED,
    )

    op.create_table(
        "link",
        sa.Column("link_id", types.ByteText, nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("link_id"),
    )
    op.create_table(
        "orphan_event",
        sa.Column("fingerprint", types.ByteText, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("fingerprint"),
    )
    op.create_table(
        "outcome",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("campaign", types.ByteText, nullable=False),
        sa.Column("arm", types.ByteText, nullable=False),
        sa.Column("holdout", sa.Boolean(), nullable=False),
        sa.Column("visited", sa.Boolean(), nullable=True),
        sa.Column("converted", sa.Boolean(), nullable=True),
        sa.Column("revenue", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "campaign"),
    )
    op.create_table(
        "provider_event",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("fingerprint", types.ByteText, nullable=False),
        sa.Column("dedupe_key", types.ByteText, nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("campaign", types.ByteText, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("bot", sa.Boolean(), nullable=False),
        sa.Column("bad_address", sa.Boolean(), nullable=False),
        sa.Column("link_id", sa.String(), nullable=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "fingerprint"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_provider_event_dedupe_key", "provider_event", ["dedupe_key"], unique=False)
    op.create_index(
        "ix_provider_event_trouble",
        "provider_event",
        ["campaign", "at"],
        unique=False,
        postgresql_where=TROUBLE,
        sqlite_where=TROUBLE,
    )


def downgrade() -> None:
    op.drop_table("provider_event")
    op.drop_table("outcome")
    op.drop_table("orphan_event")
    op.drop_table("link")
    op.drop_table("code")
