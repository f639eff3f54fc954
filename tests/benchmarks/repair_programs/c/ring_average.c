#define WINDOW 4

struct ring {
    int values[WINDOW];
    int next;
    int filled;
};
/* code */
/* Adds a value; the oldest one falls out when the ring is full. */
void ring_add(struct ring *ring, int value)
{
    ring->values[ring->next] = value;
    ring->next = (ring->next + 1) % WINDOW;
    if (ring->filled < WINDOW)
        ring->filled++;
}

/* The average of the values in the ring, rounded towards 0; 0 when it is empty. */
int ring_average(const struct ring *ring)
{
    int sum = 0;
    if (ring->filled == 0)
        return 0;
    for (int i = 0; i < ring->filled; i++)
        sum += ring->values[i];
    return sum / ring->filled;
}
/* tests
({ struct ring r = {{0}, 0, 0}; ring_average(&r) == 0; })
({ struct ring r = {{0}, 0, 0}; ring_add(&r, 4); ring_add(&r, 8); ring_average(&r) == 6; })
({ struct ring r = {{0}, 0, 0}; for (int i = 1; i <= 6; i++) ring_add(&r, i * 10); ring_average(&r) == 45; })
*/
