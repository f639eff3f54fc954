#include <stdio.h>
#include <string.h>

/* Joins a folder and a name with exactly one slash between them. */
void join_path(char *buffer, size_t size, const char *folder, const char *name)
{
    size_t length = strlen(folder);
    if (length > 0 && folder[length - 1] == '/')
        snprintf(buffer, size, "%s%s", folder, name);
    else
        snprintf(buffer, size, "%s/%s", folder, name);
}

/* The part of a path behind its last slash. */
const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}
/* tests
({ char b[40]; join_path(b, sizeof b, "usr", "lib"); strcmp(b, "usr/lib") == 0; })
({ char b[40]; join_path(b, sizeof b, "usr/", "lib"); strcmp(b, "usr/lib") == 0; })
strcmp(base_name("a/b/c.txt"), "c.txt") == 0
strcmp(base_name("plain"), "plain") == 0
*/
