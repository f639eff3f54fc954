#include <ctype.h>
#include <stdint.h>

static int digit_value(char digit);

/* The value of a text of hexadecimal digits; it ends at the first other character. */
uint32_t parse_hex(const char *text)
{
    uint32_t value = 0;
    while (isxdigit((unsigned char)*text)) {
        value = value * 16 + (uint32_t)digit_value(*text);
        text++;
    }
    return value;
}

static int digit_value(char digit)
{
    if (isdigit((unsigned char)digit))
        return digit - '0';
    return tolower((unsigned char)digit) - 'a' + 10;
}
/* tests
parse_hex("0") == 0
parse_hex("ff") == 255
parse_hex("1A") == 26
parse_hex("10z") == 16
parse_hex("") == 0
*/
