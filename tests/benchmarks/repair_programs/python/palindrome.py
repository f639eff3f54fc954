def normalised(text):
    """The letters and digits of a text, small."""
    return "".join(letter.lower() for letter in text if letter.isalnum())


def is_palindrome(text):
    """Whether a text reads the same from both ends."""
    letters = normalised(text)
    return letters == letters[::-1]


def longest_palindrome(words):
    """The longest word that is a palindrome; empty when there is none."""
    found = [word for word in words if is_palindrome(word)]
    return max(found, key=len, default="")
# tests
# normalised("A b, 1!") == "ab1"
# is_palindrome("Never odd, or even.")
# not is_palindrome("hello")
# longest_palindrome(["abc", "noon", "eve"]) == "noon"
# longest_palindrome(["ab"]) == ""
