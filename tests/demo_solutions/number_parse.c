int number_parse(const char *text, int *value)
{
    char *end;
    long  number;

    if (text == NULL)
    {
        return 0;
    }
    number = strtol(text, &end, 10);
    if (end == text || *end != '\0' || number < INT_MIN || number > INT_MAX)
    {
        return 0;
    }
    *value = (int)number;
    return 1;
}
