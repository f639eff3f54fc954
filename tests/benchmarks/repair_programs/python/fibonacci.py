from functools import lru_cache


@lru_cache(maxsize=None)
def fibonacci(n):
    """The n-th Fibonacci number; the first two are 0 and 1."""
    if n < 2:
        return n
    return fibonacci(n - 1) + fibonacci(n - 2)


def fibonacci_until(limit):
    """All Fibonacci numbers up to a limit."""
    result = []
    n = 0
    while fibonacci(n) <= limit:
        result.append(fibonacci(n))
        n += 1
    return result
# tests
# fibonacci(0) == 0
# fibonacci(1) == 1
# fibonacci(10) == 55
# fibonacci_until(5) == [0, 1, 1, 2, 3, 5]
# fibonacci_until(0) == [0]
