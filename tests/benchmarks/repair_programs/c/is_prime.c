#include <stdbool.h>

/* Whether a number has no divisor but 1 and itself. */
bool is_prime(int number)
{
    if (number < 2)
        return false;
    for (int divisor = 2; divisor * divisor <= number; divisor++) {
        if (number % divisor == 0)
            return false;
    }
    return true;
}

/* How many primes are below the limit. */
int count_primes(int limit)
{
    int count = 0;
    for (int number = 2; number < limit; number++) {
        if (is_prime(number))
            count++;
    }
    return count;
}
/* tests
is_prime(2)
!is_prime(1)
!is_prime(9)
!is_prime(25)
is_prime(97)
count_primes(10) == 4
count_primes(3) == 1
*/
