"""The tables of the catalogue. Any change needs another version: then an old catalogue is made anew.

``symbol``, ``call`` and ``import`` find files by a name; what one file holds is packed in ``facts`` (see
``packing``), also to know which rows go when the file changes. So no second index over them is kept.
"""

from __future__ import annotations

VERSION = "7"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    digest BLOB, language TEXT NOT NULL, reason TEXT, complete INTEGER NOT NULL, breadcrumbs BLOB
);
CREATE INDEX IF NOT EXISTS file_incomplete ON file (id) WHERE NOT complete;
CREATE INDEX IF NOT EXISTS file_with_breadcrumbs ON file (path) WHERE breadcrumbs IS NOT NULL;
CREATE TABLE IF NOT EXISTS left_out (reason TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (
    file INTEGER PRIMARY KEY, outlines BLOB NOT NULL, details BLOB NOT NULL, uses BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS symbol (
    name TEXT NOT NULL COLLATE NOCASE, file INTEGER NOT NULL, position INTEGER NOT NULL,
    kind INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, comment_start INTEGER NOT NULL,
    PRIMARY KEY (name, file, position)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS call (
    name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (name, file)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS import (
    key TEXT NOT NULL, file INTEGER NOT NULL, position INTEGER NOT NULL, target TEXT NOT NULL,
    PRIMARY KEY (key, file, position)
) WITHOUT ROWID;
"""
