/*
    harness.c - runs each test in a child process and reports in TAP, the Test Anything Protocol.

    A child tells its parent through a pipe what failed, and its exit status says that it came to its
    end. What the code under test prints goes nowhere, and its exit(0) is no success.
*/

#define _POSIX_C_SOURCE 200809L

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

#define SECONDS_PER_TEST 2
#define LONGEST_MESSAGE  1024
#define STATUS_PASSED    71
#define STATUS_FAILED    72

static int message_pipe;

static void fail(const char *file, int line, const char *format, ...)
{
    char    message[LONGEST_MESSAGE];
    int     length = snprintf(message, sizeof(message), "%s:%d: ", file, line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message + length, sizeof(message) - (size_t)length, format, arguments);
    va_end(arguments);
    if (write(message_pipe, message, strlen(message)) < 0)
    {
        perror("write");
    }
    _exit(STATUS_FAILED);
}

/* text in quotes and on one line, cut short where it is long */
static const char *quoted(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    if (text == NULL)
    {
        return "NULL";
    }
    buffer[used++] = '"';
    for (; *text != '\0' && used + 8 < size; text++)
    {
        unsigned char character = (unsigned char)*text;

        if (character == '\n' || character == '\t')
        {
            buffer[used++] = '\\';
            buffer[used++] = character == '\n' ? 'n' : 't';
        }
        else if (character < 32 || character > 126)
        {
            used += (size_t)sprintf(buffer + used, "\\x%02x", (unsigned)character);
        }
        else
        {
            buffer[used++] = (char)character;
        }
    }
    strcpy(buffer + used, *text == '\0' ? "\"" : "\"...");
    return buffer;
}

void expect_text(const char *file, int line, const char *what, const char *actual, const char *expected)
{
    char got[256];
    char want[256];

    if (actual == expected || (actual != NULL && expected != NULL && strcmp(actual, expected) == 0))
    {
        return;
    }
    fail(file, line, "expected %s, got %s, from %s", quoted(expected, want, sizeof(want)),
         quoted(actual, got, sizeof(got)), what);
}

void expect_number(const char *file, int line, const char *what, long actual, long expected)
{
    if (actual != expected)
    {
        fail(file, line, "expected %ld, got %ld, from %s", expected, actual, what);
    }
}

static void run_child(const struct Test *test, int writing_end)
{
    int nowhere = open("/dev/null", O_WRONLY);

    message_pipe = writing_end;
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    alarm(SECONDS_PER_TEST);
    test->run();
    _exit(STATUS_PASSED);
}

/* Reads what the child has to say, up to its end; the message is one zero-terminated text. */
static void read_message(int reading_end, char *message, size_t size)
{
    size_t  used = 0;
    ssize_t got;

    while (used + 1 < size && (got = read(reading_end, message + used, size - used - 1)) > 0)
    {
        used += (size_t)got;
    }
    message[used] = '\0';
}

static int report(const struct Test *test, int number, int status, const char *message)
{
    if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_PASSED)
    {
        printf("ok %d - %s\n", number, test->name);
        return 0;
    }
    printf("not ok %d - %s\n", number, test->name);
    if (message[0] != '\0')
    {
        printf("# %s\n", message);
    }
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    {
        printf("# %s:%d: did not end within %d seconds\n", test->file, test->line, SECONDS_PER_TEST);
    }
    else if (WIFSIGNALED(status))
    {
        printf("# %s:%d: crashed: %s\n", test->file, test->line, strsignal(WTERMSIG(status)));
    }
    else
    {
        printf("# %s:%d: left the program before its end\n", test->file, test->line);
    }
    return 1;
}

static int run_test(const struct Test *test, int number)
{
    char  message[LONGEST_MESSAGE];
    int   ends[2];
    int   status = 0;
    pid_t child;

    fflush(stdout);
    if (pipe(ends) != 0 || (child = fork()) < 0)
    {
        perror("cannot start a test");
        return 1;
    }
    if (child == 0)
    {
        close(ends[0]);
        run_child(test, ends[1]);
    }
    close(ends[1]);
    read_message(ends[0], message, sizeof(message));
    close(ends[0]);
    waitpid(child, &status, 0);
    return report(test, number, status, message);
}

int run_tests(const struct Test *const *groups)
{
    const struct Test *const *group;
    const struct Test        *test;
    int                       count = 0;
    int                       number = 0;
    int                       failed = 0;

    for (group = groups; *group != NULL; group++)
    {
        for (test = *group; test->name != NULL; test++)
        {
            count++;
        }
    }
    printf("1..%d\n", count);
    for (group = groups; *group != NULL; group++)
    {
        for (test = *group; test->name != NULL; test++)
        {
            failed += run_test(test, ++number);
        }
    }
    printf("# %d of %d tests passed\n", count - failed, count);
    return failed == 0 ? 0 : 1;
}
