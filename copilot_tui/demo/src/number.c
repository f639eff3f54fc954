/*
    number.c - functions on whole numbers and their decimal form.
*/

#include <limits.h>
#include <stdlib.h>

#include "number.h"

/*
    NAME
        number_clamp - keep a number within limits

    SYNOPSIS
        int number_clamp(int value, int low, int high);

    INPUTS
        value     - the number
        low, high - the limits; low is not above high

    RESULT
        value, or the limit that it lies beyond.
*/
int number_clamp(int value, int low, int high)
{
    if (value < low)
    {
        return low;
    }
    return value > high ? high : value;
}

/*
    NAME
        number_gcd - the greatest common divisor of two numbers

    SYNOPSIS
        unsigned number_gcd(unsigned first, unsigned second);

    RESULT
        The largest number that divides both; the other number when one of them is 0.
*/
unsigned number_gcd(unsigned first, unsigned second)
{
    while (second != 0)
    {
        unsigned remainder = first % second;

        first = second;
        second = remainder;
    }
    return first;
}

/*
    NAME
        number_digits - count the decimal digits of a number

    SYNOPSIS
        size_t number_digits(unsigned value);

    RESULT
        How many digits value has in decimal form; 1 for 0.
*/
size_t number_digits(unsigned value)
{
    size_t digits = 1;

    while (value >= 10)
    {
        value /= 10;
        digits++;
    }
    return digits;
}

/*
    NAME
        number_format - write a number in decimal form

    SYNOPSIS
        int number_format(int value, char *buffer, size_t size);

    FUNCTION
        Writes value, with a '-' before it when it is negative, and a final zero into buffer.
        Nothing is written when it does not fit.

    INPUTS
        value  - the number
        buffer - where the text goes
        size   - size of buffer in characters

    RESULT
        The length of the text without the final zero, or -1 when it does not fit or buffer is NULL.

    NOTES
        The magnitude is kept unsigned, because -INT_MIN is no int.

    SEE ALSO
        number_parse()
*/
/*
 * AI_PHASE: NUMBER_FORMAT
 * AI_STATUS: IMPLEMENTED
 * AI_PATTERN: BOUNDED_BUFFER_V1
 * AI_BREADCRUMB: DECIMAL_FORM
 * AI_NOTE: Digits are written from the last to the first, once the length is known to fit.
 */
int number_format(int value, char *buffer, size_t size)
{
    unsigned magnitude = value < 0 ? 0u - (unsigned)value : (unsigned)value;
    size_t   sign = value < 0 ? 1 : 0;
    size_t   length = number_digits(magnitude) + sign;
    size_t   position = length;

    if (buffer == NULL || length + 1 > size)
    {
        return -1;
    }
    buffer[position] = '\0';
    while (position > sign)
    {
        buffer[--position] = (char)('0' + magnitude % 10);
        magnitude /= 10;
    }
    if (sign != 0)
    {
        buffer[0] = '-';
    }
    return (int)length;
}

/*
    NAME
        number_parse - read a number in decimal form

    SYNOPSIS
        int number_parse(const char *text, int *value);

    FUNCTION
        Reads an optional sign, '+' or '-', and one or more decimal digits, up to the end of text,
        and stores the number in value. White space may stand before the number, but nothing may
        stand after it.

    INPUTS
        text  - the text to read; may be NULL
        value - where the number goes; is not NULL

    RESULT
        1 when text is a number from INT_MIN to INT_MAX, which then stands in value. 0 when text is
        NULL, empty, only a sign, not a number, or too large or too small for an int; what stands in
        value is then of no meaning.

    SEE ALSO
        number_format(), strtol()
*/
/*
 * AI_PHASE: NUMBER_PARSE
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 3
 * AI_COMPLEXITY: HIGH
 * AI_BREADCRUMB: DECIMAL_FORM
 * AI_NOTE: Read the decimal number that text consists of into *value. Return 1 for a number. Return 0
 *          when text is NULL, is not a number up to its end, or does not fit into an int.
 * AI_STRATEGY: Return 0 when text == NULL. Declare char *end, and long number = strtol(text, &end, 10).
 *              Return 0 when end == text or *end != '\0', for that is no number. Return 0 when
 *              number < INT_MIN or number > INT_MAX. Otherwise store number in *value and return 1.
 * AI_CONTEXT: {"tests": ["number_parse"]}
 */
int number_parse(const char *text, int *value)
{
    (void)text;
    (void)value;
    return 0;
}
