from math import hypot, pi, sqrt


def distance(first, second):
    """How far two points are apart."""
    return hypot(first[0] - second[0], first[1] - second[1])


def heron(a, b, c):
    """The area of a triangle with the given sides."""
    half = (a + b + c) / 2
    return sqrt(half * (half - a) * (half - b) * (half - c))


def circle_area(radius):
    """The area of a circle."""
    return pi * radius**2
# tests
# distance((0, 0), (3, 4)) == 5
# distance((1, 1), (1, 1)) == 0
# heron(3, 4, 5) == 6
# round(circle_area(2), 2) == 12.57
