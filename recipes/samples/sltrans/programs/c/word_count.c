/* Lines, words and bytes of standard input. */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>

int main(void)
{
    unsigned long lines = 0, words = 0, bytes = 0;
    bool inside = false;
    for (int byte = getchar(); byte != EOF; byte = getchar()) {
        bytes++;
        if (byte == '\n')
            lines++;
        if (isspace(byte))
            inside = false;
        else if (!inside) {
            inside = true;
            words++;
        }
    }
    printf("%lu %lu %lu\n", lines, words, bytes);
    return 0;
}
