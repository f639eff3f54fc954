LIMITS = [(90, "A"), (80, "B"), (70, "C")]


def grade(points):
    """The grade for some points of 100."""
    for limit, letter in LIMITS:
        if points >= limit:
            return letter
    return "F"


def passed(results):
    """The names of those who did not fail, sorted."""
    return sorted(name for name, points in results.items() if grade(points) != "F")
# tests
# grade(90) == "A"
# grade(89) == "B"
# grade(70) == "C"
# grade(0) == "F"
# passed({"zoe": 75, "ann": 95, "bob": 60}) == ["ann", "zoe"]
