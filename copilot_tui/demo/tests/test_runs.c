/*
    test_runs.c - tests of runs.h.
*/

#include <string.h>

#include "harness.h"
#include "runs.h"

static void decoded_length(void)
{
    EXPECT_NUMBER(runs_decoded_length("3a1b"), 4);
    EXPECT_NUMBER(runs_decoded_length(""), 0);
    EXPECT_NUMBER(runs_decoded_length("3"), -1);
    EXPECT_NUMBER(runs_decoded_length("0a"), -1);
}

static void decode_text(void)
{
    char buffer[16];

    EXPECT_NUMBER(runs_decode("3a1b", buffer, sizeof(buffer)), 4);
    EXPECT_TEXT(buffer, "aaab");
}

static void decode_too_long(void)
{
    char buffer[5] = "wxyz";

    EXPECT_NUMBER(runs_decode("3a1b", buffer, 4), -1);
    EXPECT_TEXT(buffer, "wxyz");
}

static void length_of_run(void)
{
    EXPECT_NUMBER(runs_length("aaab"), 3);
    EXPECT_NUMBER(runs_length("abab"), 1);
    EXPECT_NUMBER(runs_length("aaba"), 2);
}

static void length_whole_text(void)
{
    EXPECT_NUMBER(runs_length("x"), 1);
    EXPECT_NUMBER(runs_length("zzzzzzzzzzzz"), 12);
}

static void length_nothing(void)
{
    EXPECT_NUMBER(runs_length("a"), 1);
    EXPECT_NUMBER(runs_length(""), 0);
    EXPECT_NUMBER(runs_length(NULL), 0);
}

/* The code of a text, or a complaint when it is not as long as it was said to be. */
static const char *encoded(const char *text)
{
    static char buffer[64];
    int         length = runs_encode(text, buffer, sizeof(buffer));

    if (length < 0)
    {
        return "(returned -1)";
    }
    return (size_t)length == strlen(buffer) ? buffer : "(returned a wrong length)";
}

static void encode_text(void)
{
    EXPECT_TEXT(encoded("aaab"), "3a1b");
    EXPECT_TEXT(encoded("abba"), "1a2b1a");
}

static void encode_long_run(void)
{
    EXPECT_TEXT(encoded("yyyyyyyyy"), "9y");
    EXPECT_TEXT(encoded("yyyyyyyyyy"), "9y1y");
    EXPECT_TEXT(encoded("zzzzzzzzzzz"), "9z2z");
    EXPECT_TEXT(encoded("aaaaaaaaaaaaaaaaaaaaab"), "9a9a3a1b");
}

static void encode_nothing(void)
{
    char buffer[8] = "xxxxxxx";

    EXPECT_NUMBER(runs_encode("", buffer, sizeof(buffer)), 0);
    EXPECT_TEXT(buffer, "");
    EXPECT_NUMBER(runs_encode(NULL, buffer, sizeof(buffer)), -1);
    EXPECT_NUMBER(runs_encode("a", NULL, 8), -1);
}

static void encode_exact_fit(void)
{
    char buffer[8] = "xxxxxxx";

    EXPECT_NUMBER(runs_encode("aaab", buffer, 5), 4);
    EXPECT_TEXT(buffer, "3a1b");
    EXPECT_NUMBER(buffer[5], 'x');
}

static void encode_too_long(void)
{
    char   buffer[8];
    size_t size;

    for (size = 0; size <= 4; size++)
    {
        memset(buffer, 'x', sizeof(buffer));
        EXPECT_NUMBER(runs_encode("aaab", buffer, size), -1);
        EXPECT_NUMBER(buffer[size], 'x');
        EXPECT_NUMBER(buffer[size + 1], 'x');
    }
}

static void count_some(void)
{
    EXPECT_NUMBER(runs_count("aaabaa"), 3);
    EXPECT_NUMBER(runs_count("abc"), 3);
    EXPECT_NUMBER(runs_count("aab"), 2);
}

static void count_one(void)
{
    EXPECT_NUMBER(runs_count("x"), 1);
    EXPECT_NUMBER(runs_count("zzzzzzzzzzzz"), 1);
}

static void count_nothing(void)
{
    EXPECT_NUMBER(runs_count(""), 0);
    EXPECT_NUMBER(runs_count(NULL), 0);
}

const struct Test runs_tests[] = {
    TEST("runs_decoded_length: codes", decoded_length),
    TEST("runs_decode: a text that fits", decode_text),
    TEST("runs_decode: a text that is too long", decode_too_long),
    TEST("runs_length: run at the start", length_of_run),
    TEST("runs_length: whole text", length_whole_text),
    TEST("runs_length: nothing there", length_nothing),
    TEST("runs_encode: short runs", encode_text),
    TEST("runs_encode: run of more than nine", encode_long_run),
    TEST("runs_encode: nothing there", encode_nothing),
    TEST("runs_encode: buffer that just fits", encode_exact_fit),
    TEST("runs_encode: buffer that is too small", encode_too_long),
    TEST("runs_count: several runs", count_some),
    TEST("runs_count: one run", count_one),
    TEST("runs_count: nothing there", count_nothing),
    TESTS_END
};
