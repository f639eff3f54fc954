from itertools import groupby


def encode(text):
    """Each run of equal characters with its length."""
    return [(letter, len(list(run))) for letter, run in groupby(text)]


def decode(pairs):
    """The text of such pairs."""
    return "".join(letter * count for letter, count in pairs)
# tests
# encode("aab") == [("a", 2), ("b", 1)]
# encode("") == []
# decode([("x", 3), ("y", 1)]) == "xxxy"
# decode(encode("hello")) == "hello"
