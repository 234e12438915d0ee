// Prime factors of a few numbers.
import core.stdc.stdio : printf;

ulong[] factors(ulong number)
{
    ulong[] found;
    for (ulong divisor = 2; divisor * divisor <= number; divisor++)
        while (number % divisor == 0)
        {
            found ~= divisor;
            number /= divisor;
        }
    if (number > 1)
        found ~= number;
    return found;
}

void main()
{
    foreach (number; [12UL, 97, 360, 1_001, 65_537])
    {
        printf("%llu:", number);
        foreach (factor; factors(number))
            printf(" %llu", factor);
        printf("\n");
    }
}
