import heapq


class Tasks:
    """Tasks of which the most urgent (the lowest number) is taken first."""

    def __init__(self):
        self.heap = []
        self.added = 0

    def add(self, name, urgency):
        """Add a task; of equal urgency the older one comes first."""
        heapq.heappush(self.heap, (urgency, self.added, name))
        self.added += 1

    def take(self):
        """The name of the most urgent task; None when there is none."""
        if not self.heap:
            return None
        return heapq.heappop(self.heap)[2]
# setup
# def order(*tasks):
#     queue = Tasks()
#     for name, urgency in tasks:
#         queue.add(name, urgency)
#     return [queue.take() for _ in tasks]
# tests
# order(("a", 3), ("b", 1), ("c", 2)) == ["b", "c", "a"]
# order(("a", 1), ("b", 1)) == ["a", "b"]
# Tasks().take() is None
