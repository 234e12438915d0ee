/* Counts primes below a limit with the sieve of Eratosthenes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t count_primes(size_t limit)
{
    if (limit < 3)
        return 0;
    unsigned char *composite = calloc(limit, 1);
    if (composite == NULL)
        return 0;
    size_t found = 0;
    for (size_t number = 2; number < limit; number++) {
        if (composite[number])
            continue;
        found++;
        for (size_t multiple = number * number; multiple < limit; multiple += number)
            composite[multiple] = 1;
    }
    free(composite);
    return found;
}

int main(int argc, char **argv)
{
    size_t limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    printf("%zu primes below %zu\n", count_primes(limit), limit);
    return 0;
}
