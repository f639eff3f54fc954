def change(amount, coins):
    """The coins that make up an amount, the largest first; None when it cannot be done so."""
    used = []
    for coin in sorted(coins, reverse=True):
        while amount >= coin:
            used.append(coin)
            amount -= coin
    return used if amount == 0 else None


def ways(amount, coins):
    """In how many ways coins make up an amount."""
    counts = [1] + [0] * amount
    for coin in coins:
        for value in range(coin, amount + 1):
            counts[value] += counts[value - coin]
    return counts[amount]
# tests
# change(68, [1, 5, 10, 25]) == [25, 25, 10, 5, 1, 1, 1]
# change(3, [2]) is None
# change(0, [5]) == []
# ways(5, [1, 2, 5]) == 4
# ways(0, [3]) == 1
