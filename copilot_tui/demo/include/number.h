#ifndef TEXTKIT_NUMBER_H
#define TEXTKIT_NUMBER_H

/*
    number.h - functions on whole numbers and their decimal form.
*/

#include <stddef.h>

int      number_clamp(int value, int low, int high);
unsigned number_gcd(unsigned first, unsigned second);
size_t   number_digits(unsigned value);
int      number_format(int value, char *buffer, size_t size);

int      number_parse(const char *text, int *value);

#endif /* TEXTKIT_NUMBER_H */
