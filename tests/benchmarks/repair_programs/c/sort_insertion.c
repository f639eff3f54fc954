/* Sorts values upwards, in place. */
void sort_insertion(int *values, int count)
{
    for (int i = 1; i < count; i++) {
        int value = values[i];
        int place = i - 1;
        while (place >= 0 && values[place] > value) {
            values[place + 1] = values[place];
            place--;
        }
        values[place + 1] = value;
    }
}

/* Whether each value is at least as large as the one before. */
int is_sorted(const int *values, int count)
{
    for (int i = 1; i < count; i++) {
        if (values[i - 1] > values[i])
            return 0;
    }
    return 1;
}
/* tests
({ int v[] = {3, 1, 2}; sort_insertion(v, 3); v[0] == 1 && v[1] == 2 && v[2] == 3; })
({ int v[] = {5, 4, 3, 2, 1}; sort_insertion(v, 5); v[0] == 1 && v[4] == 5 && is_sorted(v, 5); })
({ int v[] = {2, 2}; sort_insertion(v, 2); v[0] == 2 && v[1] == 2; })
is_sorted((int[]){1, 2, 2}, 3) == 1
is_sorted((int[]){2, 1}, 2) == 0
*/
