void text_trim(char *text)
{
    char  *start = text;
    size_t length;

    if (text == NULL)
    {
        return;
    }
    while (isspace((unsigned char)*start))
    {
        start++;
    }
    length = strlen(start);
    while (length > 0 && isspace((unsigned char)start[length - 1]))
    {
        length--;
    }
    memmove(text, start, length);
    text[length] = '\0';
}
