def flatten(value):
    """All items of lists within lists, in order."""
    if not isinstance(value, list):
        return [value]
    result = []
    for item in value:
        result.extend(flatten(item))
    return result


def depth(value):
    """How deep lists lie in one another; 0 for what is no list."""
    if not isinstance(value, list):
        return 0
    return 1 + max((depth(item) for item in value), default=0)
# tests
# flatten([1, [2, [3]], []]) == [1, 2, 3]
# flatten([]) == []
# flatten(5) == [5]
# depth([1, [2, [3]]]) == 3
# depth([]) == 1
# depth("x") == 0
