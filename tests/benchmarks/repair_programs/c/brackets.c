#include <stdbool.h>
#include <string.h>

#define DEEPEST 32
/* code */
static char closing(char opening);

/* Whether each bracket of a text is closed by its own kind, in order. */
bool brackets_match(const char *text)
{
    char open[DEEPEST];
    int depth = 0;
    for (; *text != '\0'; text++) {
        if (strchr("([{", *text) != NULL) {
            if (depth == DEEPEST)
                return false;
            open[depth] = closing(*text);
            depth++;
        } else if (strchr(")]}", *text) != NULL) {
            if (depth == 0 || open[depth - 1] != *text)
                return false;
            depth--;
        }
    }
    return depth == 0;
}

static char closing(char opening)
{
    if (opening == '(')
        return ')';
    return opening == '[' ? ']' : '}';
}
/* tests
brackets_match("(a[b]{c})")
!brackets_match("(a]")
!brackets_match("((")
!brackets_match(")")
brackets_match("")
*/
