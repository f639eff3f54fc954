void text_tidy(char *text)
{
    text_trim_end(text);
    text_trim_start(text);
}
