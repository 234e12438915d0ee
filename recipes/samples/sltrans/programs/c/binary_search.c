// SPDX-License-Identifier: CC0-1.0
// Where a number would have to be inserted into a sorted list.
#include <stddef.h>
#include <stdio.h>

size_t lower_bound(const int *sorted, size_t count, int wanted)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int main(void)
{
    const int sorted[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29};
    const size_t count = sizeof sorted / sizeof *sorted;
    int wanted;
    while (scanf("%d", &wanted) == 1)
        printf("%zu\n", lower_bound(sorted, count, wanted));
    return 0;
}
