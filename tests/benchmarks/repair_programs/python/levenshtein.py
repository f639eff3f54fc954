def levenshtein(left, right):
    """How many letters must be added, removed or replaced to turn one text into the other."""
    previous = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        current = [i]
        for j, b in enumerate(right, 1):
            cost = 0 if a == b else 1
            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))
        previous = current
    return previous[-1]


def closest(word, choices):
    """The choice that is nearest to a word."""
    return min(choices, key=lambda choice: levenshtein(word, choice))
# tests
# levenshtein("kitten", "sitting") == 3
# levenshtein("", "abc") == 3
# levenshtein("same", "same") == 0
# closest("prnt", ["input", "print", "open"]) == "print"
