import re

LINE = re.compile(r"\s*(\w+)\s*=\s*(.*?)\s*$")


def parse_settings(text):
    """The `name = value` lines of a text; empty lines and comments are left out."""
    settings = {}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = LINE.match(line)
        if match is None:
            raise ValueError(f"not a setting: {line}")
        settings[match.group(1)] = match.group(2)
    return settings
# setup
# def refused(text):
#     try:
#         parse_settings(text)
#     except ValueError:
#         return True
#     return False
# tests
# parse_settings("a = 1\n# no\n\nb=two words\n") == {"a": "1", "b": "two words"}
# parse_settings("") == {}
# refused("nonsense")
