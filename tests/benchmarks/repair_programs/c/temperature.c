/* Degrees Fahrenheit for degrees Celsius. */
double to_fahrenheit(double celsius)
{
    return celsius * 9.0 / 5.0 + 32.0;
}

/* Degrees Celsius for degrees Fahrenheit. */
double to_celsius(double fahrenheit)
{
    return (fahrenheit - 32.0) * 5.0 / 9.0;
}

/* The mean of the warmest and the coldest of the values. */
double mid_range(const double *values, int count)
{
    double low = values[0];
    double high = values[0];
    for (int i = 1; i < count; i++) {
        if (values[i] < low)
            low = values[i];
        if (values[i] > high)
            high = values[i];
    }
    return (low + high) / 2.0;
}
/* tests
to_fahrenheit(100.0) == 212.0
to_fahrenheit(0.0) == 32.0
to_celsius(212.0) == 100.0
to_celsius(-40.0) == -40.0
mid_range((double[]){1.0, 5.0, 2.0}, 3) == 3.0
mid_range((double[]){-4.0, -2.0}, 2) == -3.0
*/
