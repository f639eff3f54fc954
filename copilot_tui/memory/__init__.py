"""What is learnt from errors: knowing one again, and the fix that cleared it."""
