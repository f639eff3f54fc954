#include <string.h>

/* Reverses a text in place. */
void reverse_text(char *text)
{
    size_t left = 0;
    size_t right = strlen(text);
    while (left + 1 < right) {
        right--;
        char kept = text[left];
        text[left] = text[right];
        text[right] = kept;
        left++;
    }
}
/* tests
({ char t[] = "abc"; reverse_text(t); strcmp(t, "cba") == 0; })
({ char t[] = "ab"; reverse_text(t); strcmp(t, "ba") == 0; })
({ char t[] = ""; reverse_text(t); t[0] == 0; })
({ char t[] = "x"; reverse_text(t); strcmp(t, "x") == 0; })
*/
