! Integrates a function by the trapezoidal rule.
program trapezoid
  implicit none
  integer, parameter :: steps = 1000
  real(8) :: total, width, x
  integer :: i

  width = 2.0d0 / steps
  total = 0.0d0
  do i = 1, steps
    x = (i - 0.5d0) * width
    total = total + f(x) * width
  end do
  print *, total

contains

  real(8) function f(x)
    real(8), intent(in) :: x
    f = x * x * exp(-x)
  end function f

end program trapezoid
