from collections import defaultdict


def group_by(items, key):
    """The items in lists by what a function gives for each."""
    groups = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def anagrams(words):
    """The groups of words with the same letters that have more than one word."""
    groups = group_by(words, lambda word: "".join(sorted(word)))
    return [group for group in groups.values() if len(group) > 1]
# tests
# group_by([1, 2, 3], lambda n: n % 2) == {1: [1, 3], 0: [2]}
# group_by([], len) == {}
# anagrams(["ab", "ba", "c"]) == [["ab", "ba"]]
# anagrams(["a", "b"]) == []
