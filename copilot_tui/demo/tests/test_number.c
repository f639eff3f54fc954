/*
    test_number.c - tests of number.h.
*/

#include <limits.h>

#include "harness.h"
#include "number.h"

static void clamp_limits(void)
{
    EXPECT_NUMBER(number_clamp(5, 0, 10), 5);
    EXPECT_NUMBER(number_clamp(-5, 0, 10), 0);
    EXPECT_NUMBER(number_clamp(15, 0, 10), 10);
}

static void gcd_divisors(void)
{
    EXPECT_NUMBER(number_gcd(12, 18), 6);
    EXPECT_NUMBER(number_gcd(7, 0), 7);
    EXPECT_NUMBER(number_gcd(0, 7), 7);
}

static void digits_counted(void)
{
    EXPECT_NUMBER(number_digits(0), 1);
    EXPECT_NUMBER(number_digits(9), 1);
    EXPECT_NUMBER(number_digits(10), 2);
}

static void format_numbers(void)
{
    char buffer[16];

    EXPECT_NUMBER(number_format(-40, buffer, sizeof(buffer)), 3);
    EXPECT_TEXT(buffer, "-40");
    number_format(0, buffer, sizeof(buffer));
    EXPECT_TEXT(buffer, "0");
    number_format(INT_MIN, buffer, sizeof(buffer));
    EXPECT_TEXT(buffer, "-2147483648");
}

static void format_too_long(void)
{
    char buffer[4] = "xyz";

    EXPECT_NUMBER(number_format(123, buffer, 3), -1);
    EXPECT_TEXT(buffer, "xyz");
}

static void parse_digits(void)
{
    int value = 0;

    EXPECT_NUMBER(number_parse("1234", &value), 1);
    EXPECT_NUMBER(value, 1234);
    EXPECT_NUMBER(number_parse("007", &value), 1);
    EXPECT_NUMBER(value, 7);
    EXPECT_NUMBER(number_parse("0", &value), 1);
    EXPECT_NUMBER(value, 0);
}

static void parse_signs(void)
{
    int value = 0;

    EXPECT_NUMBER(number_parse("-56", &value), 1);
    EXPECT_NUMBER(value, -56);
    EXPECT_NUMBER(number_parse("+7", &value), 1);
    EXPECT_NUMBER(value, 7);
}

static void parse_refused(void)
{
    const char *refused[] = { "", "-", "+", "--1", "+-1", "1-", "12a", "a12", "1 2", "1 ", NULL };
    int         value = 0;
    int         index;

    EXPECT_NUMBER(number_parse(NULL, &value), 0);
    for (index = 0; refused[index] != NULL; index++)
    {
        EXPECT_TEXT(number_parse(refused[index], &value) ? refused[index] : "refused", "refused");
    }
}

static void parse_limits(void)
{
    int value = 0;

    EXPECT_NUMBER(number_parse("2147483647", &value), 1);
    EXPECT_NUMBER(value, INT_MAX);
    EXPECT_NUMBER(number_parse("-2147483648", &value), 1);
    EXPECT_NUMBER(value, INT_MIN);
}

static void parse_overflow(void)
{
    int value = 0;

    EXPECT_NUMBER(number_parse("2147483648", &value), 0);
    EXPECT_NUMBER(number_parse("-2147483649", &value), 0);
    EXPECT_NUMBER(number_parse("4294967297", &value), 0);
    EXPECT_NUMBER(number_parse("18446744073709551617", &value), 0);
}

const struct Test number_tests[] = {
    TEST("number_clamp: limits", clamp_limits),
    TEST("number_gcd: divisors", gcd_divisors),
    TEST("number_digits: counted", digits_counted),
    TEST("number_format: numbers", format_numbers),
    TEST("number_format: too long", format_too_long),
    TEST("number_parse: digits", parse_digits),
    TEST("number_parse: signs", parse_signs),
    TEST("number_parse: what is no number", parse_refused),
    TEST("number_parse: largest and smallest", parse_limits),
    TEST("number_parse: out of range", parse_overflow),
    TESTS_END
};
