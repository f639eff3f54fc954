#include <ctype.h>
#include <stdbool.h>

/* Makes the first letter of each word large, in place. */
void upper_words(char *text)
{
    bool start = true;
    for (; *text != '\0'; text++) {
        if (start)
            *text = (char)toupper((unsigned char)*text);
        start = isspace((unsigned char)*text) != 0;
    }
}
/* tests
({ char t[] = "one two"; upper_words(t); t[0] == 'O' && t[4] == 'T' && t[5] == 'w'; })
({ char t[] = " x"; upper_words(t); t[1] == 'X'; })
({ char t[] = ""; upper_words(t); t[0] == 0; })
*/
