static long binomial(int n, int k);

/* The entry of Pascal's triangle in a row and column, both from 0; 0 outside the triangle. */
long pascal(int row, int column)
{
    if (column < 0 || column > row)
        return 0;
    return binomial(row, column);
}

static long binomial(int n, int k)
{
    long result = 1;
    for (int i = 1; i <= k; i++)
        result = result * (n - k + i) / i;
    return result;
}
/* tests
pascal(0, 0) == 1
pascal(4, 2) == 6
pascal(5, 0) == 1
pascal(6, 6) == 1
pascal(3, 4) == 0
pascal(10, 3) == 120
*/
