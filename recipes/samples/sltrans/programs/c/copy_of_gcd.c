/* Greatest common divisor and least common multiple of two numbers. */
#include <stdio.h>

static unsigned long gcd(unsigned long a, unsigned long b)
{
    while (b != 0) {
        unsigned long rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static unsigned long lcm(unsigned long a, unsigned long b)
{
    return a / gcd(a, b) * b;
}

int main(void)
{
    unsigned long a, b;
    while (scanf("%lu %lu", &a, &b) == 2)
        printf("%lu %lu\n", gcd(a, b), lcm(a, b));
    return 0;
}
