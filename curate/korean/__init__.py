"""Korean: what a finance text is, how its meaning is shifted, and how it is said otherwise."""
