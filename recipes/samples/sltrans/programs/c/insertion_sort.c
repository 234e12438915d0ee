/* Sorts the numbers of standard input by insertion. */
#include <stdio.h>

#define MOST 1000

static void insertion_sort(int *values, int count)
{
    for (int place = 1; place < count; place++) {
        int current = values[place];
        int before = place - 1;
        while (before >= 0 && values[before] > current) {
            values[before + 1] = values[before];
            before--;
        }
        values[before + 1] = current;
    }
}

int main(void)
{
    int values[MOST];
    int count = 0;
    while (count < MOST && scanf("%d", &values[count]) == 1)
        count++;
    insertion_sort(values, count);
    for (int place = 0; place < count; place++)
        printf("%d%c", values[place], place + 1 < count ? ' ' : '\n');
    return 0;
}
