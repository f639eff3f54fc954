#include <string.h>

struct numeral {
    int value;
    const char *text;
};
/* code */
static const struct numeral numerals[] = {
    {1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"},
    {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"},
};

/* Writes a number from 1 to 3999 in Roman numerals. */
void to_roman(char *buffer, int number)
{
    buffer[0] = '\0';
    for (size_t i = 0; i < sizeof numerals / sizeof numerals[0]; i++) {
        while (number >= numerals[i].value) {
            strcat(buffer, numerals[i].text);
            number -= numerals[i].value;
        }
    }
}
/* tests
({ char b[20]; to_roman(b, 4); strcmp(b, "IV") == 0; })
({ char b[20]; to_roman(b, 9); strcmp(b, "IX") == 0; })
({ char b[20]; to_roman(b, 1987); strcmp(b, "MCMLXXXVII") == 0; })
({ char b[20]; to_roman(b, 3); strcmp(b, "III") == 0; })
*/
