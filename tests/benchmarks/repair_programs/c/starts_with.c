#include <stdbool.h>
#include <string.h>

/* Whether a text begins with a prefix. */
bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether a text ends with a suffix. */
bool ends_with(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t wanted = strlen(suffix);
    if (wanted > length)
        return false;
    return strcmp(text + length - wanted, suffix) == 0;
}
/* tests
starts_with("hello", "he")
!starts_with("hello", "lo")
starts_with("x", "")
ends_with("file.c", ".c")
!ends_with("c", ".c")
!ends_with("file.c", ".h")
*/
