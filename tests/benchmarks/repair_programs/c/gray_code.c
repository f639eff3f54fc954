#include <stdint.h>
#include <stdio.h>

/* The Gray code of a number. */
uint32_t to_gray(uint32_t number)
{
    return number ^ (number >> 1);
}

/* The number of a Gray code. */
uint32_t from_gray(uint32_t code)
{
    uint32_t number = code;
    while (code != 0) {
        code >>= 1;
        number ^= code;
    }
    return number;
}

/* Writes the lowest bits of a value as the digits 0 and 1, the highest of them first. */
void binary_text(char *buffer, uint32_t value, int bits)
{
    for (int bit = bits - 1; bit >= 0; bit--)
        buffer += sprintf(buffer, "%u", (value >> bit) & 1u);
}
/* tests
to_gray(0) == 0
to_gray(3) == 2
to_gray(7) == 4
from_gray(2) == 3
from_gray(to_gray(1234)) == 1234
({ char b[20]; binary_text(b, 5, 4); b[0] == '0' && b[1] == '1' && b[2] == '0' && b[3] == '1' && b[4] == 0; })
*/
