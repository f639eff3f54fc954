/* Merges two sorted arrays into one sorted array. */
void merge_sorted(int *result, const int *left, int left_count, const int *right, int right_count)
{
    int i = 0;
    int j = 0;
    while (i < left_count || j < right_count) {
        if (j == right_count || (i < left_count && left[i] <= right[j])) {
            result[i + j] = left[i];
            i++;
        } else {
            result[i + j] = right[j];
            j++;
        }
    }
}
/* tests
({ int r[5]; merge_sorted(r, (int[]){1, 4, 6}, 3, (int[]){2, 5}, 2); r[0] == 1 && r[1] == 2 && r[2] == 4 && r[3] == 5 && r[4] == 6; })
({ int r[2]; merge_sorted(r, (int[]){3, 8}, 2, (int[]){0}, 0); r[0] == 3 && r[1] == 8; })
({ int r[2]; merge_sorted(r, (int[]){0}, 0, (int[]){3, 8}, 2); r[0] == 3 && r[1] == 8; })
*/
