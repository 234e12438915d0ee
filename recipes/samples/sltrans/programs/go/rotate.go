// Rotates a list of numbers by three reversals.
package main

import "fmt"

func reverse(values []int) {
	for low, high := 0, len(values)-1; low < high; low, high = low+1, high-1 {
		values[low], values[high] = values[high], values[low]
	}
}

func rotate(values []int, by int) {
	by %= len(values)
	reverse(values[:by])
	reverse(values[by:])
	reverse(values)
}

func main() {
	values := []int{1, 2, 3, 4, 5, 6, 7}
	rotate(values, 3)
	fmt.Println(values)
}
