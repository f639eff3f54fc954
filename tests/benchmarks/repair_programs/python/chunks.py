def chunks(values, size):
    """The values in lists of a given size; the last may be shorter."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def pairs(values):
    """Each value with its right neighbour."""
    return [(values[i], values[i + 1]) for i in range(len(values) - 1)]


def rotated(values, by):
    """The values with the first `by` moved to the end."""
    return values[by:] + values[:by]
# tests
# chunks([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]
# chunks([], 3) == []
# pairs([1, 2, 3]) == [(1, 2), (2, 3)]
# pairs([1]) == []
# rotated([1, 2, 3], 1) == [2, 3, 1]
