class Account:
    """An account whose balance never falls below zero."""

    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance

    def deposit(self, amount):
        """Put money in and give the new balance."""
        if amount <= 0:
            raise ValueError("the amount must be positive")
        self.balance += amount
        return self.balance

    def withdraw(self, amount):
        """Take money out; False when there is not enough."""
        if amount > self.balance:
            return False
        self.balance -= amount
        return True
# tests
# Account("a").deposit(5) == 5
# Account("a", 10).deposit(5) == 15
# Account("a", 10).withdraw(10) is True
# Account("a", 10).withdraw(11) is False
# Account("bob").owner == "bob"
