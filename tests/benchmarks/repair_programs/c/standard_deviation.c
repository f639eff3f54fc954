/* libs: -lm */
#include <math.h>

/* The mean of the values. */
double mean(const double *values, int count)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

/* The standard deviation over all values. */
double standard_deviation(const double *values, int count)
{
    double middle = mean(values, count);
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        double distance = values[i] - middle;
        sum += distance * distance;
    }
    return sqrt(sum / count);
}
/* tests
mean((double[]){1.0, 2.0, 3.0}, 3) == 2.0
mean((double[]){4.0}, 1) == 4.0
standard_deviation((double[]){2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}, 8) == 2.0
standard_deviation((double[]){3.0, 3.0}, 2) == 0.0
*/
