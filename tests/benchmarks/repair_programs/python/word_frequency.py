import re
from collections import Counter


def words(text):
    """The words of a text in small letters."""
    return re.findall(r"[a-z']+", text.lower())


def most_common_word(text):
    """The most frequent word; None for a text without words."""
    counts = Counter(words(text))
    if not counts:
        return None
    return counts.most_common(1)[0][0]
# tests
# words("It's a Dog, a dog!") == ["it's", "a", "dog", "a", "dog"]
# words("") == []
# most_common_word("a b a") == "a"
# most_common_word("...") is None
