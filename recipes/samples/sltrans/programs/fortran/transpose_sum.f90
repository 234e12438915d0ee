! Adds a matrix to its transpose and prints the trace.
program transpose_sum
  implicit none
  integer, parameter :: n = 4
  integer :: a(n, n), s(n, n)
  integer :: i, j, trace

  do j = 1, n
    do i = 1, n
      a(i, j) = i * 10 + j
    end do
  end do
  s = a + transpose(a)
  trace = 0
  do i = 1, n
    trace = trace + s(i, i)
  end do
  print *, trace
end program transpose_sum
