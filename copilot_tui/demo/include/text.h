#ifndef TEXTKIT_TEXT_H
#define TEXTKIT_TEXT_H

/*
    text.h - functions on zero-terminated texts.

    White space is what isspace() says it is. Every function takes NULL for a text and treats it as
    its documentation says; none of them allocates memory.
*/

#include <stddef.h>

size_t text_length(const char *text);
int    text_copy(char *buffer, size_t size, const char *text);
int    text_index(const char *text, char wanted);
int    text_equal(const char *first, const char *second);
void   text_upper(char *text);
int    text_starts_with(const char *text, const char *prefix);
void   text_trim_start(char *text);

size_t text_count(const char *text, char wanted);
void   text_reverse(char *text);
void   text_trim_end(char *text);

#endif /* TEXTKIT_TEXT_H */
