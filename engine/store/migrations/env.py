"""Runs the migrations on the connection that `migrate.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

from engine.store import campaigns, history, ledger, outcomes, people, replies  # noqa: F401

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
