#include <stdbool.h>

static void swap(int *left, int *right);

/* Sorts values downwards, in place. */
void sort_down(int *values, int count)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (int i = 0; i + 1 < count; i++) {
            if (values[i] < values[i + 1]) {
                swap(&values[i], &values[i + 1]);
                changed = true;
            }
        }
    }
}

static void swap(int *left, int *right)
{
    int kept = *left;
    *left = *right;
    *right = kept;
}
/* tests
({ int v[] = {1, 3, 2}; sort_down(v, 3); v[0] == 3 && v[1] == 2 && v[2] == 1; })
({ int v[] = {1, 2, 3, 4}; sort_down(v, 4); v[0] == 4 && v[3] == 1; })
({ int v[] = {7}; sort_down(v, 1); v[0] == 7; })
*/
