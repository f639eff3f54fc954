VOWELS = "aeiou"


def count_vowels(text):
    """How many letters of a text are vowels, in either case."""
    return sum(1 for letter in text.lower() if letter in VOWELS)


def without_vowels(text):
    """A text with its vowels left out."""
    return "".join(letter for letter in text if letter.lower() not in VOWELS)


def most_vowels(words):
    """The word with the most vowels; the first of several."""
    return max(words, key=count_vowels)
# tests
# count_vowels("Education") == 5
# count_vowels("") == 0
# without_vowels("Education") == "dctn"
# most_vowels(["sky", "area", "idea"]) == "area"
