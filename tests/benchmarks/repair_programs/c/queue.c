#include <stdbool.h>

#define QUEUE_SIZE 4

struct queue {
    int items[QUEUE_SIZE];
    int first;
    int count;
};
/* code */
void queue_clear(struct queue *queue)
{
    queue->first = 0;
    queue->count = 0;
}

/* Adds a value at the end; false when the queue is full. */
bool queue_add(struct queue *queue, int value)
{
    if (queue->count == QUEUE_SIZE)
        return false;
    int place = (queue->first + queue->count) % QUEUE_SIZE;
    queue->items[place] = value;
    queue->count++;
    return true;
}

/* Takes the oldest value into *value; false when the queue is empty. */
bool queue_take(struct queue *queue, int *value)
{
    if (queue->count == 0)
        return false;
    *value = queue->items[queue->first];
    queue->first = (queue->first + 1) % QUEUE_SIZE;
    queue->count--;
    return true;
}
/* tests
({ struct queue q; int v; queue_clear(&q); queue_add(&q, 1); queue_add(&q, 2); queue_take(&q, &v) && v == 1; })
({ struct queue q; int n = 0; queue_clear(&q); while (n < 9 && queue_add(&q, n)) n++; n == 4; })
({ struct queue q; int v = 0; queue_clear(&q); for (int i = 0; i < 10; i++) { queue_add(&q, i); queue_take(&q, &v); } v == 9 && !queue_take(&q, &v); })
*/
