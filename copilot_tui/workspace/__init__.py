"""The code base on disk: reading sources as they are, turning replies into edits, applying them safely."""
