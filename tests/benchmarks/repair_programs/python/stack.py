class Stack:
    """Values of which the newest is taken first."""

    def __init__(self, limit=10):
        self.items = []
        self.limit = limit

    def push(self, value):
        """Add a value; an OverflowError when the stack is full."""
        if len(self.items) >= self.limit:
            raise OverflowError("the stack is full")
        self.items.append(value)

    def pop(self):
        """Take the newest value; an IndexError when there is none."""
        return self.items.pop()

    def __len__(self):
        return len(self.items)
# setup
# def filled(*values, limit=10):
#     stack = Stack(limit)
#     for value in values:
#         stack.push(value)
#     return stack
# tests
# len(Stack()) == 0
# filled(1, 2).pop() == 2
# len(filled(1, 2, 3)) == 3
# len(filled(1, 2, limit=2)) == 2
