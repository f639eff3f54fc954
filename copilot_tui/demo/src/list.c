/*
    list.c - singly linked lists of numbers.
*/

#include "list.h"

/*
    NAME
        list_push - put a node before the first one

    SYNOPSIS
        void list_push(struct Node **head, struct Node *node);

    INPUTS
        head - where the list's pointer to its first node stands
        node - the node to add; it is in no list
*/
void list_push(struct Node **head, struct Node *node)
{
    node->next = *head;
    *head = node;
}

/*
    NAME
        list_length - count the nodes of a list

    SYNOPSIS
        size_t list_length(const struct Node *head);

    RESULT
        The number of nodes; 0 for the empty list.
*/
size_t list_length(const struct Node *head)
{
    size_t length = 0;

    for (; head != NULL; head = head->next)
    {
        length++;
    }
    return length;
}

/*
    NAME
        list_find - find the first node with a value

    SYNOPSIS
        struct Node *list_find(struct Node *head, int value);

    RESULT
        The first node that holds value, or NULL.
*/
struct Node *list_find(struct Node *head, int value)
{
    while (head != NULL && head->value != value)
    {
        head = head->next;
    }
    return head;
}

/*
    NAME
        list_remove - take a node out of a list

    SYNOPSIS
        int list_remove(struct Node **head, struct Node *node);

    INPUTS
        head - where the list's pointer to its first node stands
        node - the node to take out

    RESULT
        1 when the node was in the list, else 0. Its next pointer is NULL then.
*/
/*
 * AI_PHASE: LIST_REMOVE
 * AI_STATUS: IMPLEMENTED
 * AI_PATTERN: LINK_POINTER_V1
 * AI_NOTE: link walks over the next pointers themselves, so that the first node is no special case.
 */
int list_remove(struct Node **head, struct Node *node)
{
    struct Node **link = head;

    while (*link != NULL && *link != node)
    {
        link = &(*link)->next;
    }
    if (*link == NULL)
    {
        return 0;
    }
    *link = node->next;
    node->next = NULL;
    return 1;
}

/*
    NAME
        list_insert_sorted - put a node in its place in a sorted list

    SYNOPSIS
        void list_insert_sorted(struct Node **head, struct Node *node);

    FUNCTION
        Links node into a list whose values rise from the first node to the last, so that they still
        rise. A node whose value is in the list already comes after all nodes with that value.

    INPUTS
        head - where the list's pointer to its first node stands; *head is NULL for the empty list
        node - the node to add; it is in no list, and its next pointer holds anything

    SEE ALSO
        list_push(), list_remove()
*/
/*
 * AI_PHASE: LIST_INSERT_SORTED
 * AI_STATUS: NOT_STARTED
 * AI_PRIORITY: 5
 * AI_COMPLEXITY: MEDIUM
 * AI_PATTERN: LINK_POINTER_V1
 * AI_NOTE: Insert the node into a list in ascending order, after all nodes whose value is smaller or
 *          equal. The list may be empty.
 * AI_STRATEGY: Let current begin at *head and previous at NULL; move both on while current is not NULL
 *              and current->value <= node->value. Then set node->next to current, and set
 *              previous->next, or *head when previous is NULL, to node.
 * AI_CONTEXT: {"tests": ["list_insert_sorted"]}
 */
void list_insert_sorted(struct Node **head, struct Node *node)
{
    (void)head;
    (void)node;
}
