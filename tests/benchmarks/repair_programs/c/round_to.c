/* libs: -lm */
#include <math.h>

/* A value rounded to so many digits after the point. */
double round_to(double value, int digits)
{
    double scale = pow(10.0, digits);
    return floor(value * scale + 0.5) / scale;
}

/* How many decimal digits a number above zero has. */
int digit_count(int number)
{
    return (int)floor(log10((double)number)) + 1;
}
/* tests
round_to(2.4, 0) == 2.0
round_to(2.5, 0) == 3.0
round_to(3.14159, 2) == 3.14
digit_count(9) == 1
digit_count(10) == 2
digit_count(12345) == 5
*/
