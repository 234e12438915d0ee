// reads some integers and puts them in order
#include <stdio.h>

#define LIMIT 1000

static void order(int *arr, int n)
{
    for (int i = 1; i < n; i++) {   // take the next one
        int x = arr[i];
        int j = i - 1;
        while (j >= 0 && arr[j] > x) {
            arr[j + 1] = arr[j];    // make room
            j--;
        }
        arr[j + 1] = x;
    }
}

int main(void)
{
    int arr[LIMIT];
    int n = 0;
    while (n < LIMIT && scanf("%d", &arr[n]) == 1)
        n++;
    order(arr, n);
    for (int i = 0; i < n; i++)
        printf("%d%c", arr[i], i + 1 < n ? ' ' : '\n');
    return 0;
}
