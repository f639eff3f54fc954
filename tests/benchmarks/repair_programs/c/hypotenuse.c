/* libs: -lm */
#include <math.h>

/* The length of the longest side of a right triangle. */
double hypotenuse(double a, double b)
{
    return sqrt(a * a + b * b);
}

/* The area of a triangle with the given sides. */
double heron(double a, double b, double c)
{
    double half = (a + b + c) / 2.0;
    return sqrt(half * (half - a) * (half - b) * (half - c));
}
/* tests
hypotenuse(3.0, 4.0) == 5.0
hypotenuse(5.0, 12.0) == 13.0
heron(3.0, 4.0, 5.0) == 6.0
heron(6.0, 8.0, 10.0) == 24.0
*/
