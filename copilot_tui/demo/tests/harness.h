#ifndef TEXTKIT_HARNESS_H
#define TEXTKIT_HARNESS_H

/*
    harness.h - a test harness in one page.

    Each test runs in a child process of its own with an alarm, so that a crash or an endless loop
    fails that test and no other. The first EXPECT_ that does not hold ends its test.
*/

#include <stddef.h>

struct Test
{
    const char *name;
    void      (*run)(void);
    const char *file;
    int         line;
};

#define TEST(name, function) { name, function, __FILE__, __LINE__ }
#define TESTS_END            { NULL, NULL, NULL, 0 }

#define EXPECT_TEXT(actual, expected) \
    expect_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define EXPECT_NUMBER(actual, expected) \
    expect_number(__FILE__, __LINE__, #actual, (long)(actual), (long)(expected))

void expect_text(const char *file, int line, const char *what, const char *actual, const char *expected);
void expect_number(const char *file, int line, const char *what, long actual, long expected);

/* Runs every test of every group (each ends with TESTS_END, the groups with NULL); the exit status. */
int run_tests(const struct Test *const *groups);

#endif /* TEXTKIT_HARNESS_H */
