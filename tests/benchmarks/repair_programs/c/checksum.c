#include <stddef.h>
#include <stdint.h>

/* The Fletcher-16 checksum of some bytes. */
uint16_t fletcher16(const uint8_t *bytes, size_t count)
{
    uint16_t low = 0;
    uint16_t high = 0;
    for (size_t i = 0; i < count; i++) {
        low = (uint16_t)((low + bytes[i]) % 255);
        high = (uint16_t)((high + low) % 255);
    }
    return (uint16_t)(high << 8 | low);
}

/* All bytes combined by exclusive or. */
uint8_t parity(const uint8_t *bytes, size_t count)
{
    uint8_t value = 0;
    for (size_t i = 0; i < count; i++)
        value ^= bytes[i];
    return value;
}
/* tests
fletcher16((const uint8_t *)"abcde", 5) == 0xC8F0
fletcher16((const uint8_t *)"", 0) == 0
parity((const uint8_t *)"\1\2\4", 3) == 7
parity((const uint8_t *)"aa", 2) == 0
*/
