#include <stdlib.h>
#include <string.h>

/* A new text without any of the given characters; the caller frees it. */
char *without_chars(const char *text, const char *unwanted)
{
    char *result = malloc(strlen(text) + 1);
    size_t used = 0;
    if (result == NULL)
        return NULL;
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (strchr(unwanted, text[i]) == NULL) {
            result[used] = text[i];
            used++;
        }
    }
    result[used] = '\0';
    return result;
}

/* Replaces one character by another everywhere, in place; how often. */
int replace_char(char *text, char from, char to)
{
    int count = 0;
    for (; *text != '\0'; text++) {
        if (*text == from) {
            *text = to;
            count++;
        }
    }
    return count;
}
/* tests
({ char *r = without_chars("a-b-c", "-"); int ok = strcmp(r, "abc") == 0; free(r); ok; })
({ char *r = without_chars("xyz", "zx"); int ok = strcmp(r, "y") == 0; free(r); ok; })
({ char t[] = "a.b.c"; replace_char(t, '.', '/') == 2 && strcmp(t, "a/b/c") == 0; })
({ char t[] = ""; replace_char(t, 'a', 'b') == 0; })
*/
