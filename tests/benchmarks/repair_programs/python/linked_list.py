class Node:
    """One value and what comes after it."""

    def __init__(self, value, following=None):
        self.value = value
        self.following = following


def from_values(values):
    """The first node of a list with these values; None for no values."""
    first = None
    for value in reversed(values):
        first = Node(value, first)
    return first


def to_values(node):
    """All values from a node on."""
    values = []
    while node is not None:
        values.append(node.value)
        node = node.following
    return values


def reverse(node):
    """The list turned around."""
    previous = None
    while node is not None:
        node.following, previous, node = previous, node, node.following
    return previous
# tests
# to_values(from_values([1, 2, 3])) == [1, 2, 3]
# from_values([]) is None
# to_values(reverse(from_values([1, 2, 3]))) == [3, 2, 1]
# to_values(None) == []
