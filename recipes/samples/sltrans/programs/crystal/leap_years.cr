# Leap years of a century by the Gregorian rule.
def leap?(year : Int32) : Bool
  year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
end

years = (1900..2000).select { |year| leap?(year) }
puts years.size
puts years.join(", ")
