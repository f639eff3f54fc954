#include <string.h>

/* The position of a word in a text, or -1. */
int find_text(const char *text, const char *word)
{
    const char *found = strstr(text, word);
    if (found == NULL)
        return -1;
    return (int)(found - text);
}

/* How often a word stands in a text, without overlaps; the word is not empty. */
int count_text(const char *text, const char *word)
{
    int count = 0;
    while ((text = strstr(text, word)) != NULL) {
        count++;
        text += strlen(word);
    }
    return count;
}
/* tests
find_text("hello", "llo") == 2
find_text("hello", "x") == -1
find_text("hello", "") == 0
count_text("ababab", "ab") == 3
count_text("aaaa", "aa") == 2
count_text("", "a") == 0
*/
