#include <stdint.h>

/* The n-th Fibonacci number; the first two are 0 and 1. */
uint64_t fibonacci(int n)
{
    uint64_t previous = 0;
    uint64_t current = 1;
    if (n == 0)
        return 0;
    for (int i = 1; i < n; i++) {
        uint64_t next = previous + current;
        previous = current;
        current = next;
    }
    return current;
}
/* tests
fibonacci(0) == 0
fibonacci(1) == 1
fibonacci(2) == 1
fibonacci(10) == 55
fibonacci(50) == 12586269025ULL
*/
