import math


class Rectangle:
    """A rectangle by its sides."""

    def __init__(self, width, height):
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height

    def diagonal(self):
        return math.sqrt(self.width**2 + self.height**2)


class Square(Rectangle):
    """A rectangle with equal sides."""

    def __init__(self, side):
        super().__init__(side, side)
# tests
# Rectangle(3, 4).area() == 12
# Rectangle(3, 4).diagonal() == 5
# Square(3).area() == 9
# Square(2).height == 2
