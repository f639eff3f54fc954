int number_parse(const char *text, int *value)
{
    int negative;
    int number = 0;

    if (text == NULL)
    {
        return 0;
    }
    negative = *text == '-';
    if (*text == '-' || *text == '+')
    {
        text++;
    }
    if (*text == '\0')
    {
        return 0;
    }
    for (; *text != '\0'; text++)
    {
        int digit;

        if (!isdigit((unsigned char)*text))
        {
            return 0;
        }
        /* The number is built below zero, where there is room for INT_MIN. */
        digit = *text - '0';
        if (number < (INT_MIN + digit) / 10)
        {
            return 0;
        }
        number = number * 10 - digit;
    }
    if (!negative && number == INT_MIN)
    {
        return 0;
    }
    *value = negative ? number : -number;
    return 1;
}
