"""Widgets: each renders the records it is sent, and changes nothing but itself."""
