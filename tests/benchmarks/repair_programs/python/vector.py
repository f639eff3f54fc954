import math


class Vector:
    """A vector in the plane."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def dot(self, other):
        """The scalar product."""
        return self.x * other.x + self.y * other.y

    def length(self):
        return math.hypot(self.x, self.y)
# tests
# Vector(1, 2) + Vector(3, 4) == Vector(4, 6)
# Vector(1, 2).dot(Vector(3, 4)) == 11
# Vector(3, 4).length() == 5
# not Vector(1, 2) == Vector(2, 1)
