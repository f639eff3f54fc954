size_t text_count_words(const char *text)
{
    size_t words = 0;
    int    inside = 0;

    if (text == NULL)
    {
        return 0;
    }
    for (; *text != '\0'; text++)
    {
        int white = isspace((unsigned char)*text) != 0;

        words += (size_t)(!white && !inside);
        inside = !white;
    }
    return words;
}
