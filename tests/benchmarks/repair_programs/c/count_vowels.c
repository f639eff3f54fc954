#include <ctype.h>
#include <string.h>

static int is_vowel(char letter)
{
    return letter != '\0' && strchr("aeiou", tolower((unsigned char)letter)) != NULL;
}

/* How many letters of the text are vowels, in either case. */
int count_vowels(const char *text)
{
    int count = 0;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (is_vowel(text[i]))
            count++;
    }
    return count;
}
/* tests
count_vowels("hello") == 2
count_vowels("") == 0
count_vowels("AEIOU") == 5
count_vowels("rhythm") == 0
*/
