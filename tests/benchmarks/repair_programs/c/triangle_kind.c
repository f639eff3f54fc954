#include <stdbool.h>

enum kind { NO_TRIANGLE, EQUILATERAL, ISOSCELES, SCALENE };
/* code */
static bool is_triangle(int a, int b, int c);

/* What kind of triangle has sides of these lengths. */
enum kind triangle_kind(int a, int b, int c)
{
    if (!is_triangle(a, b, c))
        return NO_TRIANGLE;
    if (a == b && b == c)
        return EQUILATERAL;
    if (a == b || b == c || a == c)
        return ISOSCELES;
    return SCALENE;
}

static bool is_triangle(int a, int b, int c)
{
    return a > 0 && b > 0 && c > 0 && a + b > c && b + c > a && a + c > b;
}
/* tests
triangle_kind(3, 3, 3) == EQUILATERAL
triangle_kind(3, 3, 4) == ISOSCELES
triangle_kind(3, 4, 5) == SCALENE
triangle_kind(1, 2, 3) == NO_TRIANGLE
triangle_kind(0, 0, 0) == NO_TRIANGLE
triangle_kind(5, 2, 5) == ISOSCELES
*/
