def transpose(rows):
    """Rows and columns exchanged."""
    return [list(column) for column in zip(*rows)]


def multiply(left, right):
    """The product of two matrices."""
    columns = transpose(right)
    return [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in left]


def identity(size):
    """The matrix with 1 on the diagonal and 0 elsewhere."""
    return [[1 if row == column else 0 for column in range(size)] for row in range(size)]
# tests
# transpose([[1, 2], [3, 4]]) == [[1, 3], [2, 4]]
# multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]) == [[19, 22], [43, 50]]
# multiply([[1, 2]], identity(2)) == [[1, 2]]
# identity(2) == [[1, 0], [0, 1]]
