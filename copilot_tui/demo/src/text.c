/*
    text.c - functions on zero-terminated texts.
*/

#include <ctype.h>
#include <string.h>

#include "text.h"

/*
    NAME
        text_length - the length of a text

    SYNOPSIS
        size_t text_length(const char *text);

    INPUTS
        text - the text to measure; may be NULL

    RESULT
        The number of characters before the final zero; 0 for NULL.
*/
size_t text_length(const char *text)
{
    return text == NULL ? 0 : strlen(text);
}

/*
    NAME
        text_copy - copy a text into a buffer of limited size

    SYNOPSIS
        int text_copy(char *buffer, size_t size, const char *text);

    FUNCTION
        Copies text with its final zero into buffer. Nothing is ever written beyond buffer[size - 1],
        and nothing at all when the text does not fit.

    INPUTS
        buffer - where the copy goes
        size   - size of buffer in characters
        text   - the text; NULL counts as the empty text

    RESULT
        The length of the copy without the final zero, or -1 when it does not fit or buffer is NULL.
*/
/*
 * AI_PHASE: TEXT_COPY
 * AI_STATUS: IMPLEMENTED
 * AI_PATTERN: BOUNDED_BUFFER_V1
 * AI_NOTE: The needed size is known before the first character is written.
 */
int text_copy(char *buffer, size_t size, const char *text)
{
    size_t length;

    if (text == NULL)
    {
        text = "";
    }
    length = strlen(text);
    if (buffer == NULL || length + 1 > size)
    {
        return -1;
    }
    memcpy(buffer, text, length + 1);
    return (int)length;
}

/*
    NAME
        text_index - find a character in a text

    SYNOPSIS
        int text_index(const char *text, char wanted);

    INPUTS
        text   - the text to look through; may be NULL
        wanted - the character to find

    RESULT
        Where wanted stands first, counted from 0; -1 when it is not there or text is NULL.
*/
int text_index(const char *text, char wanted)
{
    int index;

    if (text == NULL)
    {
        return -1;
    }
    for (index = 0; text[index] != '\0'; index++)
    {
        if (text[index] == wanted)
        {
            return index;
        }
    }
    return -1;
}

/*
    NAME
        text_equal - compare two texts and ignore case

    SYNOPSIS
        int text_equal(const char *first, const char *second);

    INPUTS
        first, second - the texts; NULL equals only NULL

    RESULT
        1 when both texts are equal but for upper and lower case, else 0.

    SEE ALSO
        text_upper()
*/
int text_equal(const char *first, const char *second)
{
    if (first == NULL || second == NULL)
    {
        return first == second;
    }
    while (*first != '\0' && tolower((unsigned char)*first) == tolower((unsigned char)*second))
    {
        first++;
        second++;
    }
    return tolower((unsigned char)*first) == tolower((unsigned char)*second);
}

/*
    NAME
        text_upper - turn a text into upper case, in place

    SYNOPSIS
        void text_upper(char *text);

    INPUTS
        text - the text to change; NULL is left alone
*/
void text_upper(char *text)
{
    if (text == NULL)
    {
        return;
    }
    for (; *text != '\0'; text++)
    {
        *text = (char)toupper((unsigned char)*text);
    }
}

/*
    NAME
        text_starts_with - tell whether a text begins with another

    SYNOPSIS
        int text_starts_with(const char *text, const char *prefix);

    INPUTS
        text   - the text to look at
        prefix - what it may begin with; the empty text begins every text

    RESULT
        1 when text begins with prefix, else 0; 0 when either is NULL.
*/
int text_starts_with(const char *text, const char *prefix)
{
    if (text == NULL || prefix == NULL)
    {
        return 0;
    }
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
    NAME
        text_trim_start - take white space off the start of a text, in place

    SYNOPSIS
        void text_trim_start(char *text);

    FUNCTION
        Removes all white space before the first character that is not white space, and moves the
        rest to the start of text.

    INPUTS
        text - the text to change; NULL is left alone

    SEE ALSO
        text_trim_end(), isspace()
*/
void text_trim_start(char *text)
{
    char *start = text;

    if (text == NULL)
    {
        return;
    }
    while (isspace((unsigned char)*start))
    {
        start++;
    }
    memmove(text, start, strlen(start) + 1);
}

/*
    NAME
        text_count - count a character in a text

    SYNOPSIS
        size_t text_count(const char *text, char wanted);

    INPUTS
        text   - the text to look through; may be NULL
        wanted - the character to count

    RESULT
        How often wanted stands in text; 0 for NULL. The final zero is not counted.

    SEE ALSO
        text_index()
*/
/*
 * AI_PHASE: TEXT_COUNT
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 9
 * AI_COMPLEXITY: LOW
 * AI_NOTE: Count how often a character stands in the text. Return 0 when text is NULL.
 * AI_STRATEGY: Return 0 when text == NULL. Start with count = 0. Loop while *text != '\0': when
 *              *text == wanted, count++; then text++.
 * AI_CONTEXT: {"tests": ["text_count"]}
 */
size_t text_count(const char *text, char wanted)
{
    (void)text;
    (void)wanted;
    return 0;
}

/*
    NAME
        text_reverse - turn a text around, in place

    SYNOPSIS
        void text_reverse(char *text);

    FUNCTION
        Exchanges the first character with the last one, the second with the last but one, and so
        on, so that "abc" becomes "cba". The final zero stays where it is.

    INPUTS
        text - the text to change; NULL and the empty text are left alone
*/
/*
 * AI_PHASE: TEXT_REVERSE
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 8
 * AI_COMPLEXITY: LOW
 * AI_NOTE: Reverse the text in place, "abc" becomes "cba"; do nothing for NULL and for the empty text.
 * AI_STRATEGY: Start with length = text_length(text). Loop over each i < length / 2: exchange text[i]
 *              and text[length - 1 - i].
 * AI_CONTEXT: {"tests": ["text_reverse"]}
 */
void text_reverse(char *text)
{
    (void)text;
}

/*
    NAME
        text_trim_end - take white space off the end of a text, in place

    SYNOPSIS
        void text_trim_end(char *text);

    FUNCTION
        Removes all white space after the last character that is not white space, so that " a b \n"
        becomes " a b". A text of white space only becomes the empty text.

    INPUTS
        text - the text to change; NULL and the empty text are left alone

    SEE ALSO
        text_trim_start(), isspace()
*/
/*
 * AI_PHASE: TEXT_TRIM_END
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 6
 * AI_COMPLEXITY: MEDIUM
 * AI_NOTE: Remove all white space at the end of the text, in place; do nothing for NULL.
 * AI_STRATEGY: Start with length = text_length(text). Loop while
 *              length > 0 && isspace(text[length - 1]): first text[length - 1] = '\0', then length--.
 * AI_CONTEXT: {"tests": ["text_trim_end"]}
 */
void text_trim_end(char *text)
{
    (void)text;
}
