#include <stdbool.h>
#include <stddef.h>

/* Finds two different positions whose values have a given sum; false when there are none. */
bool two_sum(const int *values, size_t count, int sum, size_t *first, size_t *second)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            if (values[i] + values[j] == sum) {
                *first = i;
                *second = j;
                return true;
            }
        }
    }
    return false;
}
/* tests
({ size_t a, b; two_sum((int[]){2, 7, 11}, 3, 9, &a, &b) && a == 0 && b == 1; })
({ size_t a, b; two_sum((int[]){3, 2, 4}, 3, 6, &a, &b) && a == 1 && b == 2; })
({ size_t a, b; !two_sum((int[]){5}, 1, 10, &a, &b); })
*/
