void text_trim_end(char *text)
{
    size_t length;

    if (text == NULL)
    {
        return;
    }
    length = text_length(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
    {
        length--;
    }
    text[length] = '\0';
}
