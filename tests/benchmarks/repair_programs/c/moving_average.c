#include <stdlib.h>
#include <string.h>

/* The averages of each three neighbours; the caller frees the count - 2 values. */
double *moving_average(const double *values, size_t count)
{
    if (count < 3)
        return NULL;
    double *result = malloc((count - 2) * sizeof *result);
    if (result == NULL)
        return NULL;
    for (size_t i = 0; i + 2 < count; i++)
        result[i] = (values[i] + values[i + 1] + values[i + 2]) / 3.0;
    return result;
}

/* A copy of the values; the caller frees it. */
double *copy_values(const double *values, size_t count)
{
    double *copy = malloc(count * sizeof *copy);
    if (copy != NULL)
        memcpy(copy, values, count * sizeof *copy);
    return copy;
}
/* tests
({ double v[] = {1, 2, 3, 7}; double *r = moving_average(v, 4); int ok = r[0] == 2.0 && r[1] == 4.0; free(r); ok; })
({ double v[] = {1, 2}; moving_average(v, 2) == NULL; })
({ double v[] = {1, 5}; double *r = copy_values(v, 2); int ok = r[1] == 5.0 && r != v; free(r); ok; })
*/
