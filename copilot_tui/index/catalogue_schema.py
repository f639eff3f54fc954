"""The tables of the catalogue. Any change needs another version: then an old catalogue is made anew."""

from __future__ import annotations

VERSION = "4"
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS file (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    digest BLOB, language TEXT NOT NULL, reason TEXT, complete INTEGER NOT NULL, breadcrumbs BLOB
);
CREATE INDEX IF NOT EXISTS file_incomplete ON file (id) WHERE NOT complete;
CREATE INDEX IF NOT EXISTS file_with_breadcrumbs ON file (path) WHERE breadcrumbs IS NOT NULL;
CREATE TABLE IF NOT EXISTS left_out (reason TEXT NOT NULL, path TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS symbol (
    file INTEGER NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    first INTEGER NOT NULL, last INTEGER NOT NULL, comment_start INTEGER NOT NULL, signature TEXT NOT NULL,
    doc TEXT NOT NULL, PRIMARY KEY (file, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS symbol_by_name ON symbol (name COLLATE NOCASE);
CREATE TABLE IF NOT EXISTS call (
    name TEXT NOT NULL, file INTEGER NOT NULL, PRIMARY KEY (name, file)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS call_by_file ON call (file);
CREATE TABLE IF NOT EXISTS import (
    key TEXT NOT NULL, file INTEGER NOT NULL, position INTEGER NOT NULL, target TEXT NOT NULL,
    PRIMARY KEY (key, file, position)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS import_by_file ON import (file);
"""
