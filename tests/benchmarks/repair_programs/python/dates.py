from datetime import date, timedelta


def next_weekday(day, weekday):
    """The first date after a day that falls on a weekday (0 is Monday)."""
    ahead = (weekday - day.weekday() - 1) % 7 + 1
    return day + timedelta(days=ahead)


def days_between(first, second):
    """How many days lie between two dates, in either order."""
    return abs((second - first).days)


def is_weekend(day):
    """Whether a date is a Saturday or Sunday."""
    return day.weekday() >= 5
# setup
# from datetime import date as d
# tests
# next_weekday(d(2024, 1, 1), 0) == d(2024, 1, 8)
# next_weekday(d(2024, 1, 1), 2) == d(2024, 1, 3)
# days_between(d(2024, 3, 1), d(2024, 2, 1)) == 29
# is_weekend(d(2024, 1, 6))
# not is_weekend(d(2024, 1, 5))
