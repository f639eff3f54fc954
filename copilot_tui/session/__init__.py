"""Sessions: the manager that runs the phases in order, the policy of the loop, the Python API."""
