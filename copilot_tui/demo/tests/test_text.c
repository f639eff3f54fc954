/*
    test_text.c - tests of text.h.
*/

#include <string.h>

#include "harness.h"
#include "text.h"

#define MARGIN 16

/* The text as the function leaves it, or a complaint when it wrote outside of the text. */
static const char *changed(void (*function)(char *), const char *text)
{
    static char arena[128];
    size_t      length = strlen(text);
    size_t      index;

    memset(arena, ' ', sizeof(arena));
    memcpy(arena + MARGIN, text, length + 1);
    function(arena + MARGIN);
    for (index = 0; index < sizeof(arena); index++)
    {
        if ((index < MARGIN || index > MARGIN + length) && arena[index] != ' ')
        {
            return "(wrote outside of the text)";
        }
    }
    return arena + MARGIN;
}

static void copy_fits(void)
{
    char buffer[6] = "......";

    EXPECT_NUMBER(text_copy(buffer, 4, "abc"), 3);
    EXPECT_TEXT(buffer, "abc");
    EXPECT_NUMBER(buffer[4], '.');
}

static void copy_too_long(void)
{
    char buffer[4] = "xyz";

    EXPECT_NUMBER(text_copy(buffer, 3, "abc"), -1);
    EXPECT_TEXT(buffer, "xyz");
    EXPECT_NUMBER(text_copy(NULL, 3, "abc"), -1);
}

static void length_of_text(void)
{
    EXPECT_NUMBER(text_length("abc"), 3);
    EXPECT_NUMBER(text_length(""), 0);
    EXPECT_NUMBER(text_length(NULL), 0);
}

static void index_of_character(void)
{
    EXPECT_NUMBER(text_index("banana", 'n'), 2);
    EXPECT_NUMBER(text_index("banana", 'x'), -1);
    EXPECT_NUMBER(text_index(NULL, 'a'), -1);
}

static void equal_ignores_case(void)
{
    EXPECT_NUMBER(text_equal("Amiga", "aMIGA"), 1);
    EXPECT_NUMBER(text_equal("Amiga", "Amig"), 0);
    EXPECT_NUMBER(text_equal(NULL, "a"), 0);
    EXPECT_NUMBER(text_equal(NULL, NULL), 1);
}

static void upper_in_place(void)
{
    EXPECT_TEXT(changed(text_upper, "Ab c1"), "AB C1");
}

static void starts_with(void)
{
    EXPECT_NUMBER(text_starts_with("library", "lib"), 1);
    EXPECT_NUMBER(text_starts_with("lib", "library"), 0);
    EXPECT_NUMBER(text_starts_with("lib", ""), 1);
}

static void trim_start(void)
{
    EXPECT_TEXT(changed(text_trim_start, " \ta b "), "a b ");
    EXPECT_TEXT(changed(text_trim_start, "  "), "");
    text_trim_start(NULL);
}

static void count_some(void)
{
    EXPECT_NUMBER(text_count("banana", 'a'), 3);
    EXPECT_NUMBER(text_count("banana", 'b'), 1);
    EXPECT_NUMBER(text_count("aaaa", 'a'), 4);
}

static void count_case(void)
{
    EXPECT_NUMBER(text_count("Anna", 'a'), 1);
}

static void count_none(void)
{
    EXPECT_NUMBER(text_count("banana", 'x'), 0);
    EXPECT_NUMBER(text_count("", 'a'), 0);
    EXPECT_NUMBER(text_count(NULL, 'a'), 0);
}

static void reverse_odd(void)
{
    EXPECT_TEXT(changed(text_reverse, "abc"), "cba");
}

static void reverse_even(void)
{
    EXPECT_TEXT(changed(text_reverse, "abcd"), "dcba");
}

static void reverse_short(void)
{
    EXPECT_TEXT(changed(text_reverse, "xy"), "yx");
    EXPECT_TEXT(changed(text_reverse, "x"), "x");
    EXPECT_TEXT(changed(text_reverse, ""), "");
    text_reverse(NULL);
}

static void trim_end_some(void)
{
    EXPECT_TEXT(changed(text_trim_end, "abc   "), "abc");
    EXPECT_TEXT(changed(text_trim_end, "  a b \t\n"), "  a b");
}

static void trim_end_nothing(void)
{
    EXPECT_TEXT(changed(text_trim_end, " a  b"), " a  b");
    EXPECT_TEXT(changed(text_trim_end, "x"), "x");
}

static void trim_end_only_spaces(void)
{
    EXPECT_TEXT(changed(text_trim_end, " \t "), "");
    EXPECT_TEXT(changed(text_trim_end, ""), "");
    text_trim_end(NULL);
}

const struct Test text_tests[] = {
    TEST("text_length: of a text", length_of_text),
    TEST("text_copy: a text that fits", copy_fits),
    TEST("text_copy: a text that is too long", copy_too_long),
    TEST("text_index: characters", index_of_character),
    TEST("text_equal: ignores case", equal_ignores_case),
    TEST("text_upper: in place", upper_in_place),
    TEST("text_starts_with: prefixes", starts_with),
    TEST("text_trim_start: white space", trim_start),
    TEST("text_count: a character that is there", count_some),
    TEST("text_count: case matters", count_case),
    TEST("text_count: a character that is not there", count_none),
    TEST("text_reverse: odd length", reverse_odd),
    TEST("text_reverse: even length", reverse_even),
    TEST("text_reverse: short texts", reverse_short),
    TEST("text_trim_end: some white space", trim_end_some),
    TEST("text_trim_end: nothing to do", trim_end_nothing),
    TEST("text_trim_end: white space only", trim_end_only_spaces),
    TESTS_END
};
