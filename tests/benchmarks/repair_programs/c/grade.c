/* The grade for some points of 100: 'A' from 90, 'B' from 80, 'C' from 70, else 'F'. */
char grade(int points)
{
    if (points >= 90)
        return 'A';
    if (points >= 80)
        return 'B';
    if (points >= 70)
        return 'C';
    return 'F';
}

/* How many of the points earn the given grade. */
int count_grade(const int *points, int count, char wanted)
{
    int found = 0;
    for (int i = 0; i < count; i++) {
        if (grade(points[i]) == wanted)
            found++;
    }
    return found;
}
/* tests
grade(90) == 'A'
grade(89) == 'B'
grade(80) == 'B'
grade(70) == 'C'
grade(69) == 'F'
count_grade((int[]){95, 91, 20}, 3, 'A') == 2
count_grade((int[]){95, 91, 20}, 3, 'F') == 1
*/
