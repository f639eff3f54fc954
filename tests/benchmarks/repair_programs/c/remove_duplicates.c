/* Removes repeats from sorted values, in place, and gives the new count. */
int remove_duplicates(int *values, int count)
{
    int kept = 0;
    for (int i = 0; i < count; i++) {
        if (i == 0 || values[i] != values[i - 1]) {
            values[kept] = values[i];
            kept++;
        }
    }
    return kept;
}
/* tests
({ int v[] = {1, 1, 2, 3, 3}; remove_duplicates(v, 5) == 3 && v[1] == 2 && v[2] == 3; })
({ int v[] = {4}; remove_duplicates(v, 1) == 1; })
({ int v[] = {2, 2, 2}; remove_duplicates(v, 3) == 1 && v[0] == 2; })
({ int v[] = {1, 2}; remove_duplicates(v, 2) == 2; })
*/
