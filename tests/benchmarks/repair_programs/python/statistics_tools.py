from statistics import mean, median


def summary(values):
    """Smallest, middle and largest value, and the mean."""
    ordered = sorted(values)
    return {"low": ordered[0], "middle": median(ordered), "high": ordered[-1], "mean": mean(ordered)}


def outliers(values, factor):
    """The values that lie further from the mean than a factor of the range."""
    center = mean(values)
    reach = (max(values) - min(values)) * factor
    return [value for value in values if abs(value - center) > reach]
# tests
# summary([3, 1, 2]) == {"low": 1, "middle": 2, "high": 3, "mean": 2}
# summary([4, 4])["mean"] == 4
# outliers([1, 1, 1, 9], 0.5) == [9]
# outliers([1, 2, 3], 1) == []
