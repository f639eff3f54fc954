#include <stdlib.h>

struct node {
    int value;
    struct node *next;
};
/* code */
/* Puts a new node before the list and gives the new first node. */
struct node *list_prepend(struct node *list, int value)
{
    struct node *node = malloc(sizeof *node);
    if (node == NULL)
        return list;
    node->value = value;
    node->next = list;
    return node;
}

/* How many nodes the list has. */
int list_length(const struct node *list)
{
    int length = 0;
    for (; list != NULL; list = list->next)
        length++;
    return length;
}

/* The sum of all values. */
int list_sum(const struct node *list)
{
    int sum = 0;
    while (list != NULL) {
        sum += list->value;
        list = list->next;
    }
    return sum;
}

/* Frees all nodes. */
void list_free(struct node *list)
{
    while (list != NULL) {
        struct node *next = list->next;
        free(list);
        list = next;
    }
}
/* tests
list_length(NULL) == 0
({ struct node *l = list_prepend(list_prepend(NULL, 3), 4); int ok = list_length(l) == 2 && list_sum(l) == 7 && l->value == 4; list_free(l); ok; })
list_sum(NULL) == 0
*/
