/* How many steps a number takes to reach 1: even numbers are halved, odd ones become 3n + 1. */
int collatz_steps(long number)
{
    int steps = 0;
    while (number != 1) {
        if (number % 2 == 0)
            number /= 2;
        else
            number = 3 * number + 1;
        steps++;
        if (steps > 10000)
            return -1;
    }
    return steps;
}

/* The sum of the decimal digits of a number of at least 0. */
int digit_sum(int number)
{
    int sum = 0;
    while (number > 0) {
        sum += number % 10;
        number /= 10;
    }
    return sum;
}
/* tests
collatz_steps(1) == 0
collatz_steps(6) == 8
collatz_steps(27) == 111
digit_sum(0) == 0
digit_sum(999) == 27
digit_sum(1203) == 6
*/
