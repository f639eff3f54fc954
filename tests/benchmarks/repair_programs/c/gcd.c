/* The greatest common divisor of two numbers that are not negative. */
int gcd(int a, int b)
{
    while (b != 0) {
        int rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The least common multiple; 0 when one number is 0. */
int lcm(int a, int b)
{
    if (a == 0 || b == 0)
        return 0;
    return a / gcd(a, b) * b;
}
/* tests
gcd(12, 18) == 6
gcd(0, 5) == 5
gcd(17, 4) == 1
lcm(4, 6) == 12
lcm(0, 3) == 0
lcm(7, 3) == 21
*/
