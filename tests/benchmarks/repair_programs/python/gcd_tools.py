from math import gcd


def lcm(a, b):
    """The least common multiple; 0 when one number is 0."""
    if a == 0 or b == 0:
        return 0
    return a // gcd(a, b) * b


def reduced(numerator, denominator):
    """A fraction in lowest terms."""
    divisor = gcd(numerator, denominator)
    return numerator // divisor, denominator // divisor
# tests
# lcm(4, 6) == 12
# lcm(0, 3) == 0
# reduced(6, 8) == (3, 4)
# reduced(5, 7) == (5, 7)
