def merge_intervals(intervals):
    """Intervals that touch or overlap joined, in order."""
    merged = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def covered(intervals):
    """How much the intervals cover together."""
    return sum(end - start for start, end in merge_intervals(intervals))
# tests
# merge_intervals([(5, 8), (1, 3), (2, 4)]) == [(1, 4), (5, 8)]
# merge_intervals([(1, 9), (2, 3)]) == [(1, 9)]
# merge_intervals([(1, 2), (2, 3)]) == [(1, 3)]
# covered([(0, 2), (1, 4), (6, 7)]) == 5
# covered([]) == 0
