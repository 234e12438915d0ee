/* Adds numbers; a bracket was lost. */
#include <stdio.h>

static int sum(const int *values, int count)
{
    int total = 0;
    for (int place = 0; place < count; place++ {
        total += values[place];
    }
    return total;
}

int main(void)
{
    int values[] = {1, 2, 3};
    printf("%d\n", sum(values, 3));
    return 0;
}
