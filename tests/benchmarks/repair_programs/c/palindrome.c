#include <ctype.h>
#include <stdbool.h>
#include <string.h>

/* Whether a text reads the same from both ends, letters of either case alike, all else left out. */
bool is_palindrome(const char *text)
{
    int left = 0;
    int right = (int)strlen(text) - 1;
    while (left < right) {
        if (!isalnum((unsigned char)text[left])) {
            left++;
        } else if (!isalnum((unsigned char)text[right])) {
            right--;
        } else {
            if (tolower((unsigned char)text[left]) != tolower((unsigned char)text[right]))
                return false;
            left++;
            right--;
        }
    }
    return true;
}
/* tests
is_palindrome("level")
is_palindrome("Never odd, or even.")
!is_palindrome("hello")
is_palindrome("")
!is_palindrome("ab")
*/
