static void reverse(int *values, int count);

/* Moves the first `by` values to the end, in place; `by` is at most count. */
void rotate_left(int *values, int count, int by)
{
    reverse(values, by);
    reverse(values + by, count - by);
    reverse(values, count);
}

static void reverse(int *values, int count)
{
    for (int i = 0; i < count / 2; i++) {
        int kept = values[i];
        values[i] = values[count - 1 - i];
        values[count - 1 - i] = kept;
    }
}
/* tests
({ int v[] = {1, 2, 3, 4}; rotate_left(v, 4, 1); v[0] == 2 && v[3] == 1; })
({ int v[] = {1, 2, 3}; rotate_left(v, 3, 2); v[0] == 3 && v[1] == 1 && v[2] == 2; })
({ int v[] = {1, 2}; rotate_left(v, 2, 0); v[0] == 1 && v[1] == 2; })
*/
