NUMERALS = [
    (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
    (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
]


def to_roman(number):
    """A number from 1 to 3999 in Roman numerals."""
    text = ""
    for value, letters in NUMERALS:
        while number >= value:
            text += letters
            number -= value
    return text


def from_roman(text):
    """The number of a text in Roman numerals."""
    values = dict((letters, value) for value, letters in NUMERALS)
    total = 0
    for place, letter in enumerate(text):
        value = values[letter]
        if place + 1 < len(text) and values[text[place + 1]] > value:
            total -= value
        else:
            total += value
    return total
# tests
# to_roman(4) == "IV"
# to_roman(1987) == "MCMLXXXVII"
# to_roman(3) == "III"
# from_roman("IX") == 9
# from_roman("MMXXIV") == 2024
