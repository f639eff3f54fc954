#include <stdint.h>
#include <string.h>

/* The 32-bit FNV-1a hash of a text. */
uint32_t hash_text(const char *text)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < strlen(text); i++) {
        hash ^= (uint8_t)text[i];
        hash *= 16777619u;
    }
    return hash;
}

/* The slot of a text in a table of a given size. */
uint32_t hash_slot(const char *text, uint32_t slots)
{
    return hash_text(text) % slots;
}
/* tests
hash_text("") == 2166136261u
hash_text("a") == 0xe40c292cu
hash_text("foobar") == 0xbf9cf968u
hash_slot("a", 10) == 0xe40c292cu % 10
*/
