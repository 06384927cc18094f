# The kernel enters a program with a0 = number of arguments, a1 = argv, sp = end of the stack in use.
.section .text.start, "ax"
.global _start
_start:
  call main
  call exit
