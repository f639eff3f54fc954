int runs_encode(const char *text, char *buffer, size_t size)
{
    size_t used = 0;

    if (text == NULL || buffer == NULL)
    {
        return -1;
    }
    while (*text != '\0')
    {
        size_t count = runs_length(text);

        if (count > RUNS_LONGEST)
        {
            count = RUNS_LONGEST;
        }
        if (used + 2 >= size)
        {
            return -1;
        }
        buffer[used++] = (char)('0' + (int)count);
        buffer[used++] = *text;
        text += count;
    }
    buffer[used] = '\0';
    return (int)used;
}
