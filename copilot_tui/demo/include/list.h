#ifndef TEXTKIT_LIST_H
#define TEXTKIT_LIST_H

/*
    list.h - singly linked lists of numbers.

    A list is a pointer to its first node; the empty list is NULL. The nodes belong to the caller:
    no function here allocates or frees one.
*/

#include <stddef.h>

struct Node
{
    int          value;
    struct Node *next;
};

void         list_push(struct Node **head, struct Node *node);
size_t       list_length(const struct Node *head);
struct Node *list_find(struct Node *head, int value);
int          list_remove(struct Node **head, struct Node *node);

void         list_insert_sorted(struct Node **head, struct Node *node);

#endif /* TEXTKIT_LIST_H */
