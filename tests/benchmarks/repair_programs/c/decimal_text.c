#include <stdio.h>
#include <string.h>

/* Writes a number with its sign, as "+5" or "-3", and gives the length of the text. */
size_t signed_text(char *buffer, size_t size, int number)
{
    snprintf(buffer, size, "%+d", number);
    return strlen(buffer);
}

/* Writes a time in seconds as "minutes:seconds" with two digits for the seconds. */
void clock_text(char *buffer, size_t size, int seconds)
{
    int minutes = seconds / 60;
    snprintf(buffer, size, "%d:%02d", minutes, seconds % 60);
}
/* tests
({ char b[20]; signed_text(b, sizeof b, 5) == 2 && strcmp(b, "+5") == 0; })
({ char b[20]; signed_text(b, sizeof b, -30) == 3; })
({ char b[20]; clock_text(b, sizeof b, 125); strcmp(b, "2:05") == 0; })
({ char b[20]; clock_text(b, sizeof b, 59); strcmp(b, "0:59") == 0; })
*/
