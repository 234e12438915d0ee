//! Shifts the letters of each line of standard input.

use std::io::{self, BufRead};

fn shifted(letter: char, by: u8) -> char {
    let start = match letter {
        'a'..='z' => b'a',
        'A'..='Z' => b'A',
        _ => return letter,
    };
    ((letter as u8 - start + by) % 26 + start) as char
}

fn main() {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let hidden: String = line.chars().map(|letter| shifted(letter, 13)).collect();
        println!("{hidden}");
    }
}
