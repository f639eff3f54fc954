#include <stdbool.h>

static const int month_lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

/* Whether a year of the Gregorian calendar has 366 days. */
bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* The number of days in a month (1 to 12) of a year. */
int days_in_month(int year, int month)
{
    if (month == 2 && is_leap_year(year))
        return 29;
    return month_lengths[month - 1];
}

/* Which day of the year a date is, from 1. */
int day_of_year(int year, int month, int day)
{
    int days = day;
    for (int earlier = 1; earlier < month; earlier++)
        days += days_in_month(year, earlier);
    return days;
}
/* tests
is_leap_year(2000)
!is_leap_year(1900)
is_leap_year(2024)
days_in_month(2023, 2) == 28
days_in_month(2024, 2) == 29
days_in_month(2024, 12) == 31
day_of_year(2023, 1, 1) == 1
day_of_year(2023, 3, 1) == 60
day_of_year(2024, 12, 31) == 366
*/
