#include <stdint.h>

/* How many bits of a value are set. */
int bit_count(uint32_t value)
{
    int count = 0;
    while (value != 0) {
        count += (int)(value & 1u);
        value >>= 1;
    }
    return count;
}

/* A value with one bit (0 to 31) set. */
uint32_t bit_set(uint32_t value, int bit)
{
    return value | (UINT32_C(1) << bit);
}

/* A value with one bit (0 to 31) cleared. */
uint32_t bit_clear(uint32_t value, int bit)
{
    return value & ~(UINT32_C(1) << bit);
}
/* tests
bit_count(0) == 0
bit_count(255) == 8
bit_count(0x80000001u) == 2
bit_set(0, 3) == 8
bit_set(8, 3) == 8
bit_clear(15, 0) == 14
bit_clear(4, 1) == 4
*/
