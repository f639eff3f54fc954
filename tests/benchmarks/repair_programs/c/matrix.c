#define SIZE 3
/* code */
/* Multiplies two square matrices. */
void matrix_multiply(int result[SIZE][SIZE], int left[SIZE][SIZE], int right[SIZE][SIZE])
{
    for (int row = 0; row < SIZE; row++) {
        for (int column = 0; column < SIZE; column++) {
            int sum = 0;
            for (int i = 0; i < SIZE; i++)
                sum += left[row][i] * right[i][column];
            result[row][column] = sum;
        }
    }
}

/* The sum of the diagonal from the upper left. */
int matrix_trace(int matrix[SIZE][SIZE])
{
    int sum = 0;
    for (int i = 0; i < SIZE; i++)
        sum += matrix[i][i];
    return sum;
}
/* tests
({ int a[3][3] = {{1,2,3},{4,5,6},{7,8,9}}, i[3][3] = {{1,0,0},{0,1,0},{0,0,1}}, r[3][3]; matrix_multiply(r, a, i); r[0][0] == 1 && r[1][2] == 6 && r[2][2] == 9; })
({ int a[3][3] = {{1,2,3},{4,5,6},{7,8,9}}, r[3][3]; matrix_multiply(r, a, a); r[0][0] == 30 && r[2][1] == 126; })
({ int a[3][3] = {{1,2,3},{4,5,6},{7,8,9}}; matrix_trace(a) == 15; })
*/
