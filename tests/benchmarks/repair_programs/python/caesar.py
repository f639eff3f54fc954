import string


def shift_letter(letter, by):
    """A letter some places on in the alphabet; anything else as it is."""
    if letter in string.ascii_lowercase:
        place = string.ascii_lowercase.index(letter)
        return string.ascii_lowercase[(place + by) % 26]
    if letter in string.ascii_uppercase:
        place = string.ascii_uppercase.index(letter)
        return string.ascii_uppercase[(place + by) % 26]
    return letter


def caesar(text, by):
    """A text with each letter shifted."""
    return "".join(shift_letter(letter, by) for letter in text)
# tests
# caesar("abz", 1) == "bca"
# caesar("Hi, Zoe", 2) == "Jk, Bqg"
# caesar(caesar("Round trip", 7), -7) == "Round trip"
# shift_letter("!", 3) == "!"
