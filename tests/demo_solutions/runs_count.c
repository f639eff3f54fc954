size_t runs_count(const char *text)
{
    size_t count = 0;

    if (text == NULL)
    {
        return 0;
    }
    while (*text != '\0')
    {
        count++;
        text += runs_length(text);
    }
    return count;
}
