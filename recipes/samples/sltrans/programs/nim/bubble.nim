# Bubble sort that stops as soon as nothing moves.
proc bubbleSort(values: var seq[int]) =
  var moved = true
  while moved:
    moved = false
    for place in 1 ..< values.len:
      if values[place - 1] > values[place]:
        swap(values[place - 1], values[place])
        moved = true

var numbers = @[5, 2, 9, 1, 7, 3]
bubbleSort(numbers)
echo numbers
