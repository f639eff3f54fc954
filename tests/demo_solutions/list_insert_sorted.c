void list_insert_sorted(struct Node **head, struct Node *node)
{
    struct Node **link = head;

    while (*link != NULL && (*link)->value <= node->value)
    {
        link = &(*link)->next;
    }
    node->next = *link;
    *link = node;
}
