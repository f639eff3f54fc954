#include <stdlib.h>
#include <string.h>

struct builder {
    char *text;
    size_t length;
    size_t room;
};
/* code */
/* Makes an empty builder. */
void builder_start(struct builder *builder)
{
    builder->text = NULL;
    builder->length = 0;
    builder->room = 0;
}

/* Adds a text at the end; 0 when there is no memory. */
int builder_add(struct builder *builder, const char *text)
{
    size_t more = strlen(text);
    if (builder->length + more + 1 > builder->room) {
        size_t room = (builder->length + more + 1) * 2;
        char *grown = realloc(builder->text, room);
        if (grown == NULL)
            return 0;
        builder->text = grown;
        builder->room = room;
    }
    memcpy(builder->text + builder->length, text, more + 1);
    builder->length += more;
    return 1;
}
/* tests
({ struct builder b; builder_start(&b); builder_add(&b, "ab"); builder_add(&b, "cde"); int ok = strcmp(b.text, "abcde") == 0 && b.length == 5; free(b.text); ok; })
({ struct builder b; builder_start(&b); builder_add(&b, ""); int ok = b.length == 0 && b.text[0] == 0; free(b.text); ok; })
*/
