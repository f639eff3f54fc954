#include <stdlib.h>

struct tree {
    int value;
    struct tree *left;
    struct tree *right;
};
/* code */
/* Adds a value to a search tree and gives the tree; a value that is there already is not added. */
struct tree *tree_add(struct tree *tree, int value)
{
    if (tree == NULL) {
        tree = calloc(1, sizeof *tree);
        if (tree != NULL)
            tree->value = value;
        return tree;
    }
    if (value < tree->value)
        tree->left = tree_add(tree->left, value);
    else if (value > tree->value)
        tree->right = tree_add(tree->right, value);
    return tree;
}

/* How many levels a tree has. */
int tree_depth(const struct tree *tree)
{
    if (tree == NULL)
        return 0;
    int left = tree_depth(tree->left);
    int right = tree_depth(tree->right);
    return 1 + (left > right ? left : right);
}
/* tests
tree_depth(NULL) == 0
({ struct tree *t = tree_add(tree_add(tree_add(NULL, 5), 3), 8); tree_depth(t) == 2 && t->left->value == 3 && t->right->value == 8; })
({ struct tree *t = tree_add(tree_add(tree_add(NULL, 1), 2), 3); tree_depth(t) == 3; })
({ struct tree *t = tree_add(tree_add(NULL, 5), 5); tree_depth(t) == 1; })
*/
