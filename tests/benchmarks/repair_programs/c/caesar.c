#include <ctype.h>

static char shifted(char letter, int by);

/* Moves each letter of a text some places on in the alphabet, in place; the rest stays. */
void caesar(char *text, int by)
{
    for (int i = 0; text[i] != '\0'; i++)
        text[i] = shifted(text[i], by);
}

static char shifted(char letter, int by)
{
    if (islower((unsigned char)letter))
        return (char)('a' + (letter - 'a' + by + 26) % 26);
    if (isupper((unsigned char)letter))
        return (char)('A' + (letter - 'A' + by + 26) % 26);
    return letter;
}
/* tests
({ char t[] = "abz"; caesar(t, 1); t[0] == 'b' && t[2] == 'a'; })
({ char t[] = "Hi, Zoe!"; caesar(t, 2); t[0] == 'J' && t[4] == 'B' && t[2] == ','; })
({ char t[] = "bcd"; caesar(t, -1); t[0] == 'a' && t[2] == 'c'; })
*/
