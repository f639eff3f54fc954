"""Text on a plain terminal, for every frontend without a screen of its own."""
