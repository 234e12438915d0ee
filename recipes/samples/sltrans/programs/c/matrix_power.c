/* Fibonacci numbers modulo a prime by powers of a matrix. */
#include <stdint.h>
#include <stdio.h>

#define PRIME 1000000007u

typedef struct {
    uint64_t at[2][2];
} Matrix;

static Matrix multiply(Matrix left, Matrix right)
{
    Matrix product = {{{0, 0}, {0, 0}}};
    for (int row = 0; row < 2; row++)
        for (int column = 0; column < 2; column++)
            for (int inner = 0; inner < 2; inner++) {
                uint64_t term = left.at[row][inner] * right.at[inner][column];
                product.at[row][column] = (product.at[row][column] + term) % PRIME;
            }
    return product;
}

static uint64_t fibonacci(uint64_t index)
{
    Matrix power = {{{1, 0}, {0, 1}}};
    Matrix base = {{{1, 1}, {1, 0}}};
    for (; index; index >>= 1) {
        if (index & 1)
            power = multiply(power, base);
        base = multiply(base, base);
    }
    return power.at[0][1];
}

int main(void)
{
    unsigned long long index;
    while (scanf("%llu", &index) == 1)
        printf("%llu\n", (unsigned long long)fibonacci(index));
    return 0;
}
