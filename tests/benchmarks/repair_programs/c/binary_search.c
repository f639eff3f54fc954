/* The position of a key in sorted values, or -1. */
int binary_search(const int *values, int count, int key)
{
    int low = 0;
    int high = count - 1;
    while (low <= high) {
        int middle = low + (high - low) / 2;
        if (values[middle] == key)
            return middle;
        if (values[middle] < key)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return -1;
}
/* tests
binary_search((int[]){1, 3, 5, 7}, 4, 7) == 3
binary_search((int[]){1, 3, 5, 7}, 4, 1) == 0
binary_search((int[]){1, 3, 5, 7}, 4, 4) == -1
binary_search((int[]){2}, 1, 2) == 0
binary_search((int[]){2}, 0, 2) == -1
*/
