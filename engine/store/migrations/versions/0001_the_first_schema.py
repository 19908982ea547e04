"""the first schema"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from engine.store import types

revision = "0001"
down_revision = None

DUE = sa.text("state IN ('planned', 'retry_wait')")
HELD = sa.text("state IN ('claimed', 'sending')")
DOUBT = sa.text("state = 'unknown'")


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("dedupe_key", types.ByteText, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("imprint", sa.String(), nullable=True),
        sa.Column("ask_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "dedupe_key", "epoch"),
    )
    op.create_index("ux_attempt_token", "attempt", ["token"], unique=True)

    op.create_table(
        "campaign_version",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("segments", types.Plain(), nullable=False),
        sa.Column("offers", types.Plain(), nullable=False),
        sa.Column("templates", types.Plain(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "version"),
    )
    op.create_table(
        "consent",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "channel", "topic", "at", "status"),
    )
    op.create_table(
        "customer",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("email_address", types.ByteText, nullable=True),
        sa.Column("phone_address", types.ByteText, nullable=True),
        sa.Column("email_domain", sa.String(), nullable=True),
        sa.Column("first_name", sa.String(), nullable=True),
        sa.Column("last_name", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("city", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("birthday", sa.String(), nullable=True),
        sa.Column("birthday_mmdd", sa.Integer(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=True),
        sa.Column("source", sa.String(), nullable=True),
        sa.Column("attributes", types.Plain(), nullable=True),
        sa.Column("bucket", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
    )
    op.create_index("ix_customer_email_address", "customer", ["email_address"], unique=False)
    op.create_index("ix_customer_phone_address", "customer", ["phone_address"], unique=False)

    op.create_table(
        "customer_tag",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("tag", types.ByteText, nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "tag"),
    )
    op.create_table(
        "delivery",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("dedupe_key", types.ByteText, nullable=False),
        sa.Column("delivery_id", sa.String(), nullable=False),
        sa.Column("campaign", types.ByteText, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("slot", types.ByteText, nullable=False),
        sa.Column("subject", types.ByteText, nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("promise", sa.String(), nullable=False),
        sa.Column("address", types.ByteText, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("not_before", types.Instant(), nullable=False),
        sa.Column("send_by", types.Instant(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("settled_at", types.Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("dup_risk", sa.Boolean(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("provider_code", sa.String(), nullable=True),
        sa.Column("offer_code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "dedupe_key"),
    )
    op.create_index(
        "ix_delivery_doubt",
        "delivery",
        ["sent_at"],
        unique=False,
        postgresql_where=DOUBT,
        sqlite_where=DOUBT,
    )
    op.create_index(
        "ix_delivery_due",
        "delivery",
        [sa.text("priority DESC"), "not_before"],
        unique=False,
        postgresql_where=DUE,
        sqlite_where=DUE,
    )
    op.create_index(
        "ix_delivery_owner",
        "delivery",
        ["owner"],
        unique=False,
        postgresql_where=HELD,
        sqlite_where=HELD,
    )
    op.create_index("ix_delivery_run", "delivery", ["campaign", "slot", "state"], unique=False)
    op.create_index("ux_delivery_dedupe_key", "delivery", ["dedupe_key"], unique=True)
    op.create_index("ux_delivery_delivery_id", "delivery", ["delivery_id"], unique=True)

    op.create_table(
        "enrollment",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("campaign", types.ByteText, nullable=False),
        sa.Column("subject", types.ByteText, nullable=False),
        sa.Column("slot", types.ByteText, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("address", types.ByteText, nullable=False),
        sa.Column("entered_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "campaign", "subject", "slot"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_enrollment_campaign_address", "enrollment", ["campaign", "address"], unique=False)

    op.create_table(
        "event",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("event_id", types.ByteText, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("occurred_at", types.Instant(), nullable=False),
        sa.Column("properties", types.Plain(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "event_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "fact",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "import_record",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("finished_at", types.Instant(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "finished_at", "file"),
    )
    op.create_table(
        "order_line",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("order_id", types.ByteText, nullable=False),
        sa.Column("line_key", types.ByteText, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("quantity", sa.Double(), nullable=True),
        sa.Column("unit_price", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "order_id", "line_key", "ordinal"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_order_line_order_id", "order_line", ["order_id"], unique=False)

    op.create_table(
        "orders",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("order_id", types.ByteText, nullable=False),
        sa.Column("ordered_at", types.Instant(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "order_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_orders_order_id", "orders", ["order_id"], unique=False)

    op.create_table(
        "pause",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_operator", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("scope"),
    )
    op.create_table(
        "product",
        sa.Column("sku", types.ByteText, nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("sku"),
    )
    op.create_table(
        "run",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("as_of", types.Instant(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("funnel", types.Plain(), nullable=True),
        sa.Column("held", sa.String(), nullable=True),
        sa.Column("approved_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("campaign", "slot"),
    )
    op.create_table(
        "subscription",
        sa.Column("customer_id", types.ByteText, nullable=False),
        sa.Column("subscription_id", types.ByteText, nullable=False),
        sa.Column("valid_from", types.Instant(), nullable=False),
        sa.Column("valid_to", types.Instant(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("plan", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("started_at", types.Instant(), nullable=True),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("cancelled_at", types.Instant(), nullable=True),
        sa.Column("monthly_price", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "subscription_id", "valid_from"),
    )
    op.create_index("ix_subscription_subscription_id", "subscription", ["subscription_id"], unique=False)

    op.create_table(
        "suppression",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", types.ByteText, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address"),
    )


def downgrade() -> None:
    op.drop_table("suppression")
    op.drop_table("subscription")
    op.drop_table("run")
    op.drop_table("product")
    op.drop_table("pause")
    op.drop_table("orders")
    op.drop_table("order_line")
    op.drop_table("import_record")
    op.drop_table("fact")
    op.drop_table("event")
    op.drop_table("enrollment")
    op.drop_table("delivery")
    op.drop_table("customer_tag")
    op.drop_table("customer")
    op.drop_table("consent")
    op.drop_table("campaign_version")
    op.drop_table("attempt")
