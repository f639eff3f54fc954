/*
    runs.c - run-length coding of texts.
*/

#include <string.h>

#include "runs.h"

/*
    NAME
        runs_decoded_length - how long a decoded text will be

    SYNOPSIS
        int runs_decoded_length(const char *code);

    INPUTS
        code - pairs of a digit from '1' to '9' and a character; may be NULL

    RESULT
        The length of the decoded text without its final zero, or -1 when code is NULL or not well
        formed.
*/
int runs_decoded_length(const char *code)
{
    int length = 0;

    if (code == NULL)
    {
        return -1;
    }
    for (; *code != '\0'; code += 2)
    {
        if (*code < '1' || *code > '9' || code[1] == '\0')
        {
            return -1;
        }
        length += *code - '0';
    }
    return length;
}

/*
    NAME
        runs_decode - turn run-length code back into the text

    SYNOPSIS
        int runs_decode(const char *code, char *buffer, size_t size);

    INPUTS
        code   - pairs of a digit from '1' to '9' and a character; may be NULL
        buffer - where the text and its final zero go
        size   - size of buffer in characters

    RESULT
        The length of the text without its final zero, or -1 when code is NULL or not well formed,
        buffer is NULL, or the text does not fit.

    SEE ALSO
        runs_encode(), runs_decoded_length()
*/
/*
 * AI_PHASE: RUNS_DECODE
 * AI_STATUS: IMPLEMENTED
 * AI_PATTERN: BOUNDED_BUFFER_V1
 * AI_BREADCRUMB: RUN_LENGTH_CODING
 * AI_NOTE: The length is found first, so that nothing is written when the text does not fit.
 */
int runs_decode(const char *code, char *buffer, size_t size)
{
    int    length = runs_decoded_length(code);
    size_t used = 0;

    if (length < 0 || buffer == NULL || (size_t)length + 1 > size)
    {
        return -1;
    }
    for (; *code != '\0'; code += 2)
    {
        size_t count = (size_t)(code[0] - '0');

        memset(buffer + used, code[1], count);
        used += count;
    }
    buffer[used] = '\0';
    return length;
}

/*
    NAME
        runs_encode - turn a text into run-length code

    SYNOPSIS
        int runs_encode(const char *text, char *buffer, size_t size);

    FUNCTION
        Writes each run of text into buffer as the digit of its length and its character. A run of
        more than RUNS_LONGEST is written in pieces. Nothing is ever written beyond buffer[size - 1].

    INPUTS
        text   - the text to code; may be NULL
        buffer - where the code and its final zero go
        size   - size of buffer in characters

    RESULT
        The length of the code without its final zero. -1 when text or buffer is NULL or the code
        does not fit; buffer then holds as much of it as did.

    SEE ALSO
        runs_decode()
*/
/*
 * AI_PHASE: RUNS_ENCODE
 * AI_STATUS: IMPLEMENTED
 * AI_PATTERN: BOUNDED_BUFFER_V1
 * AI_BREADCRUMB: RUN_LENGTH_CODING
 * AI_NOTE: Each pair is written only when it and the final zero still fit.
 */
int runs_encode(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    if (text == NULL || buffer == NULL || size == 0)
    {
        return -1;
    }
    buffer[0] = '\0';
    while (*text != '\0')
    {
        const char *start = text;

        while (*text == *start && text - start < RUNS_LONGEST)
        {
            text++;
        }
        if (used + 3 > size)
        {
            return -1;
        }
        buffer[used++] = (char)('0' + (text - start));
        buffer[used++] = *start;
        buffer[used] = '\0';
    }
    return (int)used;
}

/*
    NAME
        runs_length - the length of the run at the start of a text

    SYNOPSIS
        size_t runs_length(const char *text);

    FUNCTION
        Counts how many characters at the start of text are equal to its first character, so that
        "aaba" gives 2.

    INPUTS
        text - the text to look at; may be NULL

    RESULT
        The length of the run; 0 for NULL and for the empty text.
*/
size_t runs_length(const char *text)
{
    size_t length = 0;

    if (text == NULL)
    {
        return 0;
    }
    while (text[length] != '\0' && text[length] == text[0])
    {
        length++;
    }
    return length;
}

/*
    NAME
        runs_count - count the runs of a text

    SYNOPSIS
        size_t runs_count(const char *text);

    FUNCTION
        Counts the runs that text consists of, whatever their length: "aaabaa" has three.

    INPUTS
        text - the text to look through; may be NULL

    RESULT
        The number of runs; 0 for NULL and for the empty text.

    SEE ALSO
        runs_length()
*/
/*
 * AI_PHASE: RUNS_COUNT
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 7
 * AI_COMPLEXITY: MEDIUM
 * AI_NOTE: Count the runs of the text, "aaabaa" has 3. Return 0 when text is NULL or empty.
 * AI_STRATEGY: Return 0 when text == NULL or *text == '\0'. Start with count = 1, for the first run, and
 *              i = 1. Loop while text[i] != '\0': when text[i] != text[i - 1], count++; then i++.
 * AI_CONTEXT: {"tests": ["runs_count"]}
 */
size_t runs_count(const char *text)
{
    (void)text;
    return 0;
}
