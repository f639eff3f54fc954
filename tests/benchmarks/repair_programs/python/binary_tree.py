class Tree:
    """A search tree of values, each once."""

    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None

    def add(self, value):
        """Put a value into its place."""
        if value < self.value:
            if self.left is None:
                self.left = Tree(value)
            else:
                self.left.add(value)
        elif value > self.value:
            if self.right is None:
                self.right = Tree(value)
            else:
                self.right.add(value)

    def values(self):
        """All values in order."""
        before = self.left.values() if self.left else []
        after = self.right.values() if self.right else []
        return before + [self.value] + after
# setup
# def tree_of(first, *others):
#     tree = Tree(first)
#     for value in others:
#         tree.add(value)
#     return tree
# tests
# tree_of(5, 3, 8, 1).values() == [1, 3, 5, 8]
# tree_of(1).values() == [1]
# tree_of(2, 2, 2).values() == [2]
# tree_of(5, 3).left.value == 3
