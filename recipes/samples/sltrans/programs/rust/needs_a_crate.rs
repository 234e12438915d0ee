//! Throws two dice with a crate that is not in the standard library.

use rand::Rng;

fn throw(generator: &mut impl Rng) -> u32 {
    generator.gen_range(1..=6) + generator.gen_range(1..=6)
}

fn main() {
    let mut generator = rand::thread_rng();
    for _ in 0..10 {
        println!("{}", throw(&mut generator));
    }
}
