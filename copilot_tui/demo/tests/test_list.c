/*
    test_list.c - tests of list.h.
*/

#include <stdio.h>
#include <stdlib.h>

#include "harness.h"
#include "list.h"

/* The values of a list, one in brackets; a list that is too long, or goes round, is cut. */
static const char *values(const struct Node *head, const struct Node *marked)
{
    static char text[128];
    char       *end = text;

    text[0] = '\0';
    for (; head != NULL && end + 16 < text + sizeof(text); head = head->next)
    {
        end += sprintf(end, "%s", end == text ? "" : " ");
        end += sprintf(end, head == marked ? "[%d]" : "%d", head->value);
    }
    return text;
}

static void push_first(void)
{
    struct Node  nodes[2] = { { 1, NULL }, { 2, NULL } };
    struct Node *head = NULL;

    list_push(&head, &nodes[0]);
    list_push(&head, &nodes[1]);
    EXPECT_TEXT(values(head, NULL), "2 1");
    EXPECT_NUMBER(list_length(head), 2);
}

static void find_value(void)
{
    struct Node last = { 2, NULL };
    struct Node first = { 1, &last };

    EXPECT_NUMBER(list_find(&first, 2) == &last, 1);
    EXPECT_NUMBER(list_find(&first, 3) == NULL, 1);
}

static void remove_nodes(void)
{
    struct Node  last = { 2, NULL };
    struct Node  first = { 1, &last };
    struct Node *head = &first;

    EXPECT_NUMBER(list_remove(&head, &first), 1);
    EXPECT_TEXT(values(head, NULL), "2");
    EXPECT_NUMBER(list_remove(&head, &first), 0);
}

/* The list of rising values after the insertion of one more, which is shown in brackets. */
static const char *inserted(const char *rising, int value)
{
    struct Node  nodes[8];
    struct Node  stale = { 0, NULL };
    struct Node  node = { value, &stale };
    struct Node *head = NULL;
    struct Node **link = &head;
    int          used = 0;
    char        *end;

    for (; *rising != '\0'; rising = end, used++)
    {
        nodes[used].value = (int)strtol(rising, &end, 10);
        *link = &nodes[used];
        link = &nodes[used].next;
    }
    *link = NULL;
    list_insert_sorted(&head, &node);
    return values(head, &node);
}

static void insert_into_empty(void)
{
    EXPECT_TEXT(inserted("", 5), "[5]");
}

static void insert_first(void)
{
    EXPECT_TEXT(inserted("7", 3), "[3] 7");
    EXPECT_TEXT(inserted("-1 0 7", -2), "[-2] -1 0 7");
}

static void insert_last(void)
{
    EXPECT_TEXT(inserted("3", 7), "3 [7]");
    EXPECT_TEXT(inserted("1 2 3", 7), "1 2 3 [7]");
}

static void insert_between(void)
{
    EXPECT_TEXT(inserted("2 4 8", 6), "2 4 [6] 8");
    EXPECT_TEXT(inserted("2 4 8", 3), "2 [3] 4 8");
}

static void insert_equal(void)
{
    EXPECT_TEXT(inserted("2 4 4 6", 4), "2 4 4 [4] 6");
    EXPECT_TEXT(inserted("4", 4), "4 [4]");
}

const struct Test list_tests[] = {
    TEST("list_push: before the first", push_first),
    TEST("list_find: values", find_value),
    TEST("list_remove: nodes", remove_nodes),
    TEST("list_insert_sorted: empty list", insert_into_empty),
    TEST("list_insert_sorted: becomes first", insert_first),
    TEST("list_insert_sorted: becomes last", insert_last),
    TEST("list_insert_sorted: between others", insert_between),
    TEST("list_insert_sorted: after equal values", insert_equal),
    TESTS_END
};
