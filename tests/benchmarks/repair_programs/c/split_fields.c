#include <string.h>

/* Cuts a text at a separator, in place; gives how many fields were stored, at most limit. */
int split_fields(char *text, char separator, char **fields, int limit)
{
    int count = 0;
    while (count < limit) {
        fields[count] = text;
        count++;
        char *end = strchr(text, separator);
        if (end == NULL)
            break;
        *end = '\0';
        text = end + 1;
    }
    return count;
}
/* tests
({ char t[] = "a,bc,d"; char *f[5]; split_fields(t, ',', f, 5) == 3 && strcmp(f[1], "bc") == 0 && strcmp(f[2], "d") == 0; })
({ char t[] = ""; char *f[2]; split_fields(t, ',', f, 2) == 1 && f[0][0] == 0; })
({ char t[] = "a,b,c"; char *f[2]; split_fields(t, ',', f, 2) == 2; })
*/
