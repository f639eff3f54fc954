#include <ctype.h>
#include <string.h>

/* Cuts white space off the end of a text, in place, and gives the new length. */
size_t trim_end(char *text)
{
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        length--;
    text[length] = '\0';
    return length;
}
/* tests
({ char t[] = "ab  "; trim_end(t) == 2 && strcmp(t, "ab") == 0; })
({ char t[] = "   "; trim_end(t) == 0; })
({ char t[] = "a b"; trim_end(t) == 3; })
({ char t[] = ""; trim_end(t) == 0; })
*/
