from collections import deque


class Queue:
    """Values of which the oldest is taken first, at most so many."""

    def __init__(self, limit):
        self.items = deque()
        self.limit = limit

    def add(self, value):
        """Add a value; False when the queue is full."""
        if len(self.items) >= self.limit:
            return False
        self.items.append(value)
        return True

    def take(self):
        """The oldest value; None when there is none."""
        if not self.items:
            return None
        return self.items.popleft()
# setup
# def filled(limit, *values):
#     queue = Queue(limit)
#     for value in values:
#         queue.add(value)
#     return queue
# tests
# filled(5, 1, 2).take() == 1
# filled(5).take() is None
# filled(2, 1, 2).add(3) is False
# filled(2, 1).add(3) is True
