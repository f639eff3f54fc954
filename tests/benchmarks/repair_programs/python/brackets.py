PAIRS = {")": "(", "]": "[", "}": "{"}


def balanced(text):
    """Whether each bracket is closed by its own kind, in order."""
    open_brackets = []
    for letter in text:
        if letter in PAIRS.values():
            open_brackets.append(letter)
        elif letter in PAIRS:
            if not open_brackets or open_brackets.pop() != PAIRS[letter]:
                return False
    return not open_brackets
# tests
# balanced("(a[b]{c})")
# not balanced("(a]")
# not balanced("((")
# not balanced(")")
# balanced("")
