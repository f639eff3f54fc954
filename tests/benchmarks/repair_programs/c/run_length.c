#include <stdio.h>
#include <string.h>

/* Writes each run of equal characters as the character and its count: "aab" becomes "a2b1". */
void run_length(char *buffer, size_t size, const char *text)
{
    buffer[0] = '\0';
    while (*text != '\0') {
        int count = 1;
        while (text[count] == text[0])
            count++;
        size_t used = strlen(buffer);
        snprintf(buffer + used, size - used, "%c%d", text[0], count);
        text += count;
    }
}
/* tests
({ char b[40]; run_length(b, sizeof b, "aab"); strcmp(b, "a2b1") == 0; })
({ char b[40]; run_length(b, sizeof b, ""); strcmp(b, "") == 0; })
({ char b[40]; run_length(b, sizeof b, "abc"); strcmp(b, "a1b1c1") == 0; })
({ char b[40]; run_length(b, sizeof b, "zzzz"); strcmp(b, "z4") == 0; })
*/
