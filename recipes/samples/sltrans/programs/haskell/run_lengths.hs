-- Run-length encoding of each line and back.
module Main where

import Data.List (group)

encode :: String -> [(Char, Int)]
encode = map (\run -> (head run, length run)) . group

decode :: [(Char, Int)] -> String
decode = concatMap (\(letter, count) -> replicate count letter)

main :: IO ()
main = interact (unlines . map check . lines)
  where
    check line
      | decode (encode line) == line = show (encode line)
      | otherwise = "broken"
