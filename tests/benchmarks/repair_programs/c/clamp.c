#include <limits.h>

/* A value, but not below low and not above high. */
int clamp(int value, int low, int high)
{
    if (value < low)
        return low;
    if (value > high)
        return high;
    return value;
}

/* The sum of two values, held at the limits of int instead of overflowing. */
int saturating_add(int a, int b)
{
    if (b > 0 && a > INT_MAX - b)
        return INT_MAX;
    if (b < 0 && a < INT_MIN - b)
        return INT_MIN;
    return a + b;
}
/* tests
clamp(5, 0, 10) == 5
clamp(-1, 0, 10) == 0
clamp(11, 0, 10) == 10
saturating_add(1, 2) == 3
saturating_add(__INT_MAX__, 1) == __INT_MAX__
saturating_add(-__INT_MAX__, -5) == -__INT_MAX__ - 1
*/
