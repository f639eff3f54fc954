class Inventory:
    """How many of each item are in stock."""

    def __init__(self):
        self.counts = {}

    def add(self, item, count=1):
        """Put some of an item into stock."""
        self.counts[item] = self.counts.get(item, 0) + count

    def remove(self, item, count=1):
        """Take some of an item; a KeyError when there are too few."""
        if self.counts.get(item, 0) < count:
            raise KeyError(item)
        self.counts[item] -= count
        if self.counts[item] == 0:
            del self.counts[item]

    def total(self):
        """How many items there are in all."""
        return sum(self.counts.values())
# setup
# def stocked():
#     inventory = Inventory()
#     inventory.add("nut", 3)
#     inventory.add("bolt")
#     return inventory
# def after_remove(item, count):
#     inventory = stocked()
#     inventory.remove(item, count)
#     return inventory.counts
# def refused(item, count):
#     try:
#         stocked().remove(item, count)
#     except KeyError:
#         return True
#     return False
# tests
# stocked().total() == 4
# after_remove("nut", 3) == {"bolt": 1}
# after_remove("nut", 1) == {"nut": 2, "bolt": 1}
# refused("nut", 4)
# refused("gear", 1)
