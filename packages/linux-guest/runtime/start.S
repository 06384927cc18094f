/* Entry of a program: the kernel leaves argc, argv and the environment on the stack. */
  .globl _start
_start:
  .option push
  .option norelax
  la gp, __global_pointer$
  .option pop
  mv a0, sp
  andi sp, sp, -16
  call run_main

/* long clone_thread(u64 flags, void *stack_top, int *parent_tid, int *child_tid): the function and its argument
   are in the two words at stack_top. The child calls it and ends. */
  .globl clone_thread
clone_thread:
  mv a4, a3
  li a3, 0
  li a7, 220 /* clone(flags, stack, parent_tid, tls, child_tid) */
  ecall
  beqz a0, 1f
  ret
1:
  ld a1, 0(sp)
  ld a0, 8(sp)
  jalr a1
  li a0, 0
  li a7, 93 /* exit: of this thread only */
  ecall

/* A signal handler that does nothing: system calls end with EINTR. */
  .globl ignore_signal
ignore_signal:
  ret
