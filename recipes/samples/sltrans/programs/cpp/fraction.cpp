// Exact fractions that are always reduced.
#include <iostream>
#include <numeric>

class Fraction {
public:
    Fraction(long long top, long long bottom = 1) : top_(top), bottom_(bottom) { reduce(); }
    Fraction operator+(const Fraction &other) const {
        return {top_ * other.bottom_ + other.top_ * bottom_, bottom_ * other.bottom_};
    }
    Fraction operator*(const Fraction &other) const {
        return {top_ * other.top_, bottom_ * other.bottom_};
    }
    friend std::ostream &operator<<(std::ostream &out, const Fraction &value) {
        return out << value.top_ << '/' << value.bottom_;
    }

private:
    void reduce() {
        const long long divisor = std::gcd(top_, bottom_);
        if (divisor != 0) {
            top_ /= divisor;
            bottom_ /= divisor;
        }
    }
    long long top_, bottom_;
};

int main() {
    Fraction sum(0);
    for (int number = 1; number <= 10; ++number) sum = sum + Fraction(1, number);
    std::cout << sum << '\n' << sum * Fraction(1, 2) << '\n';
}
