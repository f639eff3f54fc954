"""The signals that a search adds up. Each is one function that looks at the situation and yields evidence.

``table`` lists them with their weights; ``situation`` holds what they may ask.
"""
