def sieve(limit):
    """The primes up to and including a limit."""
    is_candidate = [True] * (limit + 1)
    primes = []
    for number in range(2, limit + 1):
        if is_candidate[number]:
            primes.append(number)
            for multiple in range(number * number, limit + 1, number):
                is_candidate[multiple] = False
    return primes


def factors(number):
    """The prime factors of a number above 1, with repeats."""
    result = []
    divisor = 2
    while number > 1:
        while number % divisor == 0:
            result.append(divisor)
            number //= divisor
        divisor += 1
    return result
# tests
# sieve(11) == [2, 3, 5, 7, 11]
# sieve(1) == []
# sieve(4) == [2, 3]
# factors(12) == [2, 2, 3]
# factors(7) == [7]
