/* The largest of the values; count is at least 1. */
int array_max(const int *values, int count)
{
    int best = values[0];
    for (int i = 1; i < count; i++) {
        if (values[i] > best)
            best = values[i];
    }
    return best;
}

/* The position of the first largest value. */
int array_argmax(const int *values, int count)
{
    int best = 0;
    for (int i = 1; i < count; i++) {
        if (values[i] > values[best])
            best = i;
    }
    return best;
}
/* tests
array_max((int[]){3, 9, 2}, 3) == 9
array_max((int[]){-5, -2, -9}, 3) == -2
array_max((int[]){4}, 1) == 4
array_max((int[]){1, 2, 8}, 3) == 8
array_argmax((int[]){1, 7, 7}, 3) == 1
array_argmax((int[]){1, 2, 3}, 3) == 2
*/
