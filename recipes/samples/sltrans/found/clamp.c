/* Keeps a number between two others. */
#include <stdio.h>

static double clamp(double value, double least, double most)
{
    if (value < least)
        return least;
    return value > most ? most : value;
}

int main(void)
{
    double value;
    while (scanf("%lf", &value) == 1)
        printf("%g\n", clamp(value, -1.0, 1.0));
    return 0;
}
