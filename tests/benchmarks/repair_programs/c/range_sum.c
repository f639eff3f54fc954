/* The sum of all whole numbers from first to last, both included. */
int range_sum(int first, int last)
{
    int sum = 0;
    for (int number = first; number <= last; number++)
        sum += number;
    return sum;
}

/* The product of all whole numbers from 1 to a number; 1 for 0. */
long factorial(int number)
{
    long product = 1;
    for (int factor = 2; factor <= number; factor++)
        product *= factor;
    return product;
}
/* tests
range_sum(1, 4) == 10
range_sum(3, 3) == 3
range_sum(5, 4) == 0
factorial(0) == 1
factorial(5) == 120
factorial(10) == 3628800
*/
