size_t text_count(const char *text, char wanted)
{
    size_t count = 0;

    if (text == NULL)
    {
        return 0;
    }
    for (; *text != '\0'; text++)
    {
        if (*text == wanted)
        {
            count++;
        }
    }
    return count;
}
