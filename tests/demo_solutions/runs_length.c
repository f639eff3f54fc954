size_t runs_length(const char *text)
{
    size_t length = 0;

    if (text == NULL)
    {
        return 0;
    }
    while (text[length] != '\0' && text[length] == text[0])
    {
        length++;
    }
    return length;
}
