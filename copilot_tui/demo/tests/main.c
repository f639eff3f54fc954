/*
    main.c - runs the tests of every module.
*/

#include "harness.h"

extern const struct Test text_tests[];
extern const struct Test number_tests[];
extern const struct Test runs_tests[];
extern const struct Test list_tests[];

int main(void)
{
    const struct Test *const groups[] = { text_tests, number_tests, runs_tests, list_tests, NULL };

    return run_tests(groups);
}
