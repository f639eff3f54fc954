void text_reverse(char *text)
{
    size_t first;
    size_t behind;

    if (text == NULL)
    {
        return;
    }
    behind = strlen(text);
    for (first = 0; first + 1 < behind; first++)
    {
        char kept = text[first];

        behind--;
        text[first] = text[behind];
        text[behind] = kept;
    }
}
