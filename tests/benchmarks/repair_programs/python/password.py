import string


def problems(password):
    """What is wrong with a password, in order."""
    found = []
    if len(password) < 8:
        found.append("too short")
    if not any(letter in string.digits for letter in password):
        found.append("no digit")
    if not any(letter.isupper() for letter in password):
        found.append("no large letter")
    return found


def strength(password):
    """A number from 0 (weak) to 3 (strong)."""
    return 3 - len(problems(password))
# tests
# problems("abc") == ["too short", "no digit", "no large letter"]
# problems("Abcdefg1") == []
# strength("Abcdefg1") == 3
# strength("abcdefgh") == 1
