#include <stdbool.h>

#define STACK_SIZE 8

struct stack {
    int items[STACK_SIZE];
    int used;
};
/* code */
/* Empties the stack. */
void stack_clear(struct stack *stack)
{
    stack->used = 0;
}

/* Puts a value on top; false when the stack is full. */
bool stack_push(struct stack *stack, int value)
{
    if (stack->used >= STACK_SIZE)
        return false;
    stack->items[stack->used] = value;
    stack->used++;
    return true;
}

/* Takes the top value into *value; false when the stack is empty. */
bool stack_pop(struct stack *stack, int *value)
{
    if (stack->used == 0)
        return false;
    stack->used--;
    *value = stack->items[stack->used];
    return true;
}
/* tests
({ struct stack s; int v; stack_clear(&s); stack_push(&s, 4); stack_push(&s, 5); stack_pop(&s, &v) && v == 5 && stack_pop(&s, &v) && v == 4; })
({ struct stack s; int v; stack_clear(&s); !stack_pop(&s, &v); })
({ struct stack s; int n = 0; stack_clear(&s); while (n < 20 && stack_push(&s, n)) n++; n == 8; })
*/
