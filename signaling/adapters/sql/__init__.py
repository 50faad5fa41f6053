"""The stores in SQL: SQLite by default, PostgreSQL by URL, through SQLAlchemy 2 async and Alembic.

Rows carry the columns that are searched; the value itself is a JSON document of the domain's dataclass, so
that a new field needs no migration. Closed sets and times in columns are text and Unix seconds.
"""
