/* Counts bits; the counter was renamed in one place only. */
#include <stdint.h>
#include <stdio.h>

static int count_bits(uint32_t value)
{
    int bits = 0;
    while (value) {
        value &= value - 1;
        counted++;
    }
    return bits;
}

int main(void)
{
    printf("%d\n", count_bits(0xF0F0u));
    return 0;
}
