struct point {
    int x;
    int y;
};
/* code */
#include <stdlib.h>

/* How many steps along the axes lie between two points. */
int point_distance(struct point from, struct point to)
{
    return abs(from.x - to.x) + abs(from.y - to.y);
}

/* A point moved by some steps. */
struct point point_moved(struct point point, int x, int y)
{
    struct point moved = {point.x + x, point.y + y};
    return moved;
}

/* Twice the signed area of a triangle: positive when the corners run counter-clockwise. */
int point_turn(struct point a, struct point b, struct point c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}
/* tests
point_distance((struct point){1, 2}, (struct point){4, -2}) == 7
point_distance((struct point){0, 0}, (struct point){0, 0}) == 0
point_moved((struct point){1, 2}, 3, -1).x == 4
point_moved((struct point){1, 2}, 3, -1).y == 1
point_turn((struct point){0, 0}, (struct point){1, 0}, (struct point){0, 1}) == 1
point_turn((struct point){0, 0}, (struct point){0, 1}, (struct point){1, 0}) == -1
*/
