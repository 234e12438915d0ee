-- How many ways there are to place queens that do not attack each other.
module Main where

queens :: Int -> [[Int]]
queens size = place size
  where
    place 0 = [[]]
    place row = [column : rest | rest <- place (row - 1), column <- [1 .. size], safe column rest]
    safe column rest = and [free column other distance | (distance, other) <- zip [1 ..] rest]
    free column other distance = column /= other && abs (column - other) /= distance

main :: IO ()
main = mapM_ (\size -> print (size, length (queens size))) [1 .. 8]
