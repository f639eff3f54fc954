size_t runs_count(const char *text)
{
    size_t count = 1;
    size_t i;

    if (text == NULL || *text == '\0')
    {
        return 0;
    }
    for (i = 1; text[i] != '\0'; i++)
    {
        if (text[i] != text[i - 1])
        {
            count++;
        }
    }
    return count;
}
