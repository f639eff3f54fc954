def is_prime(number):
    """Whether a number has no divisor but 1 and itself."""
    if number < 2:
        return False
    divisor = 2
    while divisor * divisor <= number:
        if number % divisor == 0:
            return False
        divisor += 1
    return True


def primes_below(limit):
    """The primes below a limit, in order."""
    return [number for number in range(2, limit) if is_prime(number)]
# tests
# is_prime(2)
# not is_prime(1)
# not is_prime(9)
# primes_below(12) == [2, 3, 5, 7, 11]
# primes_below(2) == []
