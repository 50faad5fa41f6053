"""Alembic's entry: migrates the connection that `signaling.adapters.sql.migrate` hands over."""

from alembic import context

from signaling.adapters.sql.schema import metadata

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True
)
with context.begin_transaction():
    context.run_migrations()
