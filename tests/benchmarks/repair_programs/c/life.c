#define WIDTH 5
#define HEIGHT 5
/* code */
static int neighbours(const int cells[HEIGHT][WIDTH], int row, int column);

/* One step of Conway's game of life; cells beyond the edge are dead. */
void life_step(int next[HEIGHT][WIDTH], const int cells[HEIGHT][WIDTH])
{
    for (int row = 0; row < HEIGHT; row++) {
        for (int column = 0; column < WIDTH; column++) {
            int around = neighbours(cells, row, column);
            next[row][column] = around == 3 || (around == 2 && cells[row][column] == 1);
        }
    }
}

static int neighbours(const int cells[HEIGHT][WIDTH], int row, int column)
{
    int count = 0;
    for (int y = row - 1; y <= row + 1; y++) {
        for (int x = column - 1; x <= column + 1; x++) {
            if (y < 0 || x < 0 || y >= HEIGHT || x >= WIDTH || (y == row && x == column))
                continue;
            count += cells[y][x];
        }
    }
    return count;
}
/* tests
({ const int c[5][5] = {[2] = {0, 1, 1, 1, 0}}; int n[5][5]; life_step(n, c); n[1][2] == 1 && n[2][2] == 1 && n[3][2] == 1 && n[2][1] == 0; })
({ const int c[5][5] = {{1, 1}, {1, 1}}; int n[5][5]; life_step(n, c); n[0][0] == 1 && n[1][1] == 1 && n[2][2] == 0; })
({ const int c[5][5] = {[4] = {0, 0, 0, 0, 1}}; int n[5][5]; life_step(n, c); n[4][4] == 0; })
*/
