def wrap(text, width):
    """The words of a text in lines of at most the given width."""
    lines = []
    line = ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    if line:
        lines.append(line)
    return lines


def center(text, width):
    """A text with the same room on both sides; an odd space goes to the right."""
    room = max(0, width - len(text))
    left = room // 2
    return " " * left + text + " " * (room - left)
# tests
# wrap("a bb ccc", 4) == ["a bb", "ccc"]
# wrap("", 5) == []
# wrap("one two", 7) == ["one two"]
# wrap("longer", 3) == ["longer"]
# center("ab", 5) == " ab  "
