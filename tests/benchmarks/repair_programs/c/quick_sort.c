#include <stdlib.h>

static int compare(const void *left, const void *right);

/* Sorts values upwards, in place. */
void sort_up(int *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
}

static int compare(const void *left, const void *right)
{
    int a = *(const int *)left;
    int b = *(const int *)right;
    return (a > b) - (a < b);
}

/* The value in the middle of sorted values; of an even number, the lower one. */
int median(int *values, size_t count)
{
    sort_up(values, count);
    return values[(count - 1) / 2];
}
/* tests
({ int v[] = {3, 1, 2}; sort_up(v, 3); v[0] == 1 && v[2] == 3; })
({ int v[] = {9, 5, 7}; median(v, 3) == 7; })
({ int v[] = {4, 1, 3, 2}; median(v, 4) == 2; })
*/
