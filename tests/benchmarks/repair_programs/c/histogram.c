#include <ctype.h>
#include <string.h>

#define LETTERS 26
/* code */
/* Counts each letter of a text, without regard to case. */
void letter_counts(int counts[LETTERS], const char *text)
{
    memset(counts, 0, LETTERS * sizeof counts[0]);
    for (; *text != '\0'; text++) {
        if (isalpha((unsigned char)*text))
            counts[tolower((unsigned char)*text) - 'a']++;
    }
}

/* Whether two texts have the same letters, as often. */
int is_anagram(const char *left, const char *right)
{
    int first[LETTERS];
    int second[LETTERS];
    letter_counts(first, left);
    letter_counts(second, right);
    return memcmp(first, second, sizeof first) == 0;
}
/* tests
({ int c[26]; letter_counts(c, "Abba!"); c[0] == 2 && c[1] == 2 && c[2] == 0; })
is_anagram("listen", "Silent") == 1
is_anagram("aab", "abb") == 0
is_anagram("", "") == 1
*/
