#include <stdbool.h>

struct interval {
    int start;
    int end;
};
/* code */
/* Whether a point lies in an interval; the start belongs to it, the end does not. */
bool interval_contains(struct interval interval, int point)
{
    return interval.start <= point && point < interval.end;
}

/* Whether two intervals share a point. */
bool interval_overlaps(struct interval left, struct interval right)
{
    return left.start < right.end && right.start < left.end;
}

/* How long an interval is; 0 when it is empty. */
int interval_length(struct interval interval)
{
    if (interval.end <= interval.start)
        return 0;
    return interval.end - interval.start;
}
/* tests
interval_contains((struct interval){1, 4}, 1)
!interval_contains((struct interval){1, 4}, 4)
interval_overlaps((struct interval){1, 4}, (struct interval){3, 9})
!interval_overlaps((struct interval){1, 4}, (struct interval){4, 9})
interval_length((struct interval){2, 7}) == 5
interval_length((struct interval){7, 2}) == 0
*/
