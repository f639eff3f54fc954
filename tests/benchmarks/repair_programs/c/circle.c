/* libs: -lm */
#include <math.h>

struct circle {
    double x;
    double y;
    double radius;
};
/* code */
/* Whether two circles touch or overlap. */
int circles_meet(const struct circle *left, const struct circle *right)
{
    double x = left->x - right->x;
    double y = left->y - right->y;
    return sqrt(x * x + y * y) <= left->radius + right->radius;
}

/* The area of a circle, rounded down to a whole number. */
int circle_area(const struct circle *circle)
{
    return (int)floor(acos(-1.0) * circle->radius * circle->radius);
}
/* tests
circles_meet(&(struct circle){0, 0, 1}, &(struct circle){3, 0, 2}) == 1
circles_meet(&(struct circle){0, 0, 1}, &(struct circle){3, 1, 2}) == 0
circle_area(&(struct circle){0, 0, 1}) == 3
circle_area(&(struct circle){5, 5, 10}) == 314
*/
