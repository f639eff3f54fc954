#include <ctype.h>
#include <stdbool.h>

/* How many words a text has; words are separated by white space. */
int word_count(const char *text)
{
    int count = 0;
    bool inside = false;
    for (; *text != '\0'; text++) {
        if (isspace((unsigned char)*text)) {
            inside = false;
        } else if (!inside) {
            inside = true;
            count++;
        }
    }
    return count;
}
/* tests
word_count("one two") == 2
word_count("  one  ") == 1
word_count("") == 0
word_count("a b\tc\nd") == 4
*/
