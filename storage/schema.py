"""The shape of the database: what SQLite believes must be what the migrations made.

A single damaged letter of the schema can turn a key into an ordinary column, and whoever can write
to the file can plant a trigger, a foreign key that deletes, or a constraint that drops rows without
a word. Compared is what SQLite makes of the schema, and its text but for quotes and spaces, which
differ between versions of sqlite-utils.
"""

from __future__ import annotations

import re
from typing import Any

from sqlite_utils import Database

Shape = dict[str, tuple[Any, ...]]

#: Where sqlite-utils keeps what was applied: made by it, and by each version in its own way.
_MIGRATIONS = "_sqlite_migrations"
_QUOTED = re.compile(r'\[(\w+)\]|"(\w+)"|`(\w+)`', re.ASCII)
_AROUND_PUNCTUATION = re.compile(r"\s*([(),])\s*")


def shape(db: Database) -> Shape:
    """Every table by its name: its columns, its indexes, and its text."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return {str(row[0]): _table(db, str(row[0])) for row in db.execute(query).fetchall()}


def is_as_made(db: Database, made: Shape) -> bool:
    """Whether the tables are those of ``made`` and alike, and nothing acts by itself."""
    acting = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
    found = {name: table for name, table in shape(db).items() if name != _MIGRATIONS}
    return db.execute(acting).fetchone() == (0,) and found == made


def _table(db: Database, name: str) -> tuple[Any, ...]:
    columns = db.execute("SELECT * FROM pragma_table_info(?)", [name]).fetchall()
    indexes = db.execute("SELECT name, [unique] FROM pragma_index_list(?)", [name]).fetchall()
    described = sorted((unique, _index(db, index), _text(db, index)) for index, unique in indexes)
    return tuple(columns), tuple(described), _text(db, name)


def _text(db: Database, name: str) -> str:
    """What made a table or an index; empty for an index that SQLite made by itself."""
    row = db.execute("SELECT sql FROM sqlite_master WHERE name = ?", [name]).fetchone()
    bare = _QUOTED.sub(r" \1\2\3 ", str(row[0])) if row and row[0] is not None else ""
    return _AROUND_PUNCTUATION.sub(r"\1", " ".join(bare.split())).casefold()


def _index(db: Database, name: str) -> tuple[Any, ...]:
    query = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"
    return tuple(row[0] for row in db.execute(query, [name]).fetchall())
