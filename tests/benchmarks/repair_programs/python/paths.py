import os.path


def with_extension(path, extension):
    """A path with another extension."""
    stem, _ = os.path.splitext(path)
    return stem + extension


def is_hidden(path):
    """Whether the last part of a path begins with a dot."""
    return os.path.basename(path).startswith(".")
# tests
# with_extension("a/b.txt", ".md") == "a/b.md"
# with_extension("plain", ".c") == "plain.c"
# is_hidden("home/.profile")
# not is_hidden(".git/config")
