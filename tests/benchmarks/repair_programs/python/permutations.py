from itertools import permutations


def arrangements(word):
    """All different orders of the letters of a word, sorted."""
    return sorted(set("".join(letters) for letters in permutations(word)))


def next_permutation(values):
    """The next order of the values in the dictionary's sense; None after the last."""
    values = list(values)
    i = len(values) - 2
    while i >= 0 and values[i] >= values[i + 1]:
        i -= 1
    if i < 0:
        return None
    j = len(values) - 1
    while values[j] <= values[i]:
        j -= 1
    values[i], values[j] = values[j], values[i]
    return values[: i + 1] + values[i + 1 :][::-1]
# tests
# arrangements("aab") == ["aab", "aba", "baa"]
# next_permutation([1, 2, 3]) == [1, 3, 2]
# next_permutation([1, 3, 2]) == [2, 1, 3]
# next_permutation([3, 2, 1]) is None
