#include <ctype.h>
#include <stdbool.h>

/* Reads a whole number with an optional sign into *number; false when the text is no number. */
bool parse_number(const char *text, int *number)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    if (!isdigit((unsigned char)*text))
        return false;
    int value = 0;
    while (isdigit((unsigned char)*text)) {
        value = value * 10 + (*text - '0');
        text++;
    }
    *number = negative ? -value : value;
    return *text == '\0';
}
/* tests
({ int n; parse_number("42", &n) && n == 42; })
({ int n; parse_number("-7", &n) && n == -7; })
({ int n; parse_number("+10", &n) && n == 10; })
({ int n; !parse_number("", &n); })
({ int n; !parse_number("4x", &n); })
*/
