def binary_search(values, key):
    """The position of a key in sorted values, or -1."""
    low = 0
    high = len(values) - 1
    while low <= high:
        middle = (low + high) // 2
        if values[middle] == key:
            return middle
        if values[middle] < key:
            low = middle + 1
        else:
            high = middle - 1
    return -1
# tests
# binary_search([1, 3, 5], 5) == 2
# binary_search([1, 3, 5], 1) == 0
# binary_search([1, 3, 5], 4) == -1
# binary_search([], 1) == -1
# binary_search([7], 7) == 0
