/* libs: -lm */
#include <math.h>

/* What a sum grows to after some years at a yearly rate in percent, rounded to whole units. */
long compound_interest(double sum, double percent, int years)
{
    double factor = pow(1.0 + percent / 100.0, years);
    return lround(sum * factor);
}
/* tests
compound_interest(100.0, 10.0, 1) == 110
compound_interest(100.0, 10.0, 2) == 121
compound_interest(1000.0, 5.0, 3) == 1158
compound_interest(50.0, 0.0, 9) == 50
*/
