def to_fahrenheit(celsius):
    """Degrees Fahrenheit for degrees Celsius."""
    return celsius * 9 / 5 + 32


def average(values):
    """The mean of the values; None when there are none."""
    if not values:
        return None
    return sum(values) / len(values)


def warmest_day(temperatures):
    """The name of the day with the highest temperature."""
    best = None
    for day, value in temperatures.items():
        if best is None or value > temperatures[best]:
            best = day
    return best
# tests
# to_fahrenheit(100) == 212
# to_fahrenheit(-40) == -40
# average([1, 2, 6]) == 3
# average([]) is None
# warmest_day({"mon": 3, "tue": 9, "wed": 5}) == "tue"
# warmest_day({}) is None
