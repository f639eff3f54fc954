"""Screens: the work place, and the dialogues on top of it."""
