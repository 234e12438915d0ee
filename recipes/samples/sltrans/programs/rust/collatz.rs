//! The number below a million whose Collatz sequence is longest.

fn steps(mut number: u64) -> u32 {
    let mut count = 1;
    while number != 1 {
        number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
        count += 1;
    }
    count
}

fn main() {
    let longest = (1..1_000_000u64).max_by_key(|&number| steps(number));
    if let Some(number) = longest {
        println!("{} with {} steps", number, steps(number));
    }
}
