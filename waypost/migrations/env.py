"""Alembic's environment: the connection is given by `waypost.migrate`."""

from alembic import context

from core.database import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
context.run_migrations()
