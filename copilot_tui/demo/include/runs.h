#ifndef TEXTKIT_RUNS_H
#define TEXTKIT_RUNS_H

/*
    runs.h - run-length coding of texts.

    A run is a piece of a text in which one character repeats. It is coded as two characters: a digit
    from '1' to '9' that counts, and the character. A run of more than nine is coded in pieces:

        aaab          3a1b
        zzzzzzzzzzz   9z2z      (eleven times z)
*/

#include <stddef.h>

#define RUNS_LONGEST 9

int    runs_decoded_length(const char *code);
int    runs_decode(const char *code, char *buffer, size_t size);
int    runs_encode(const char *text, char *buffer, size_t size);
size_t runs_length(const char *text);

size_t runs_count(const char *text);

#endif /* TEXTKIT_RUNS_H */
