/* A whole number raised to an exponent of at least 0. */
long power(long base, int exponent)
{
    long result = 1;
    while (exponent > 0) {
        if (exponent % 2 == 1)
            result *= base;
        base *= base;
        exponent /= 2;
    }
    return result;
}

/* The whole part of the square root of a number of at least 0. */
int square_root(int number)
{
    int root = 0;
    while ((root + 1) * (root + 1) <= number)
        root++;
    return root;
}
/* tests
power(2, 10) == 1024
power(5, 0) == 1
power(-3, 3) == -27
power(7, 1) == 7
square_root(0) == 0
square_root(16) == 4
square_root(24) == 4
*/
