# Trap entry and return. sscratch is 0 while the kernel runs and holds the top of the process's kernel stack while
# user code runs, so one exchange tells where we come from and finds the stack. The frame is struct trap_frame.

.set FRAME_SIZE, 34 * 8
.set FRAME_STATUS, 32 * 8
.set STATUS_SPP, 0x100

.macro each_register operation            # all but sp
  .irp n, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
  \operation x\n, \n * 8(sp)
  .endr
.endm

.section .text
.balign 4
.global trap_vector
trap_vector:
  csrrw sp, sscratch, sp
  bnez sp, 1f
  csrr sp, sscratch                       # from the kernel: stay on its stack
1:
  addi sp, sp, -FRAME_SIZE
  each_register sd
  csrrw t0, sscratch, zero                # the interrupted sp
  csrr t1, sepc
  csrr t2, sstatus
  sd t0, 2 * 8(sp)
  sd t1, 0(sp)
  sd t2, FRAME_STATUS(sp)
  mv a0, sp
  call trap_handle
  mv a0, sp

# void native_trap_return(struct trap_frame *frame): interrupts are disabled
.global native_trap_return
native_trap_return:
  mv sp, a0
  ld t1, 0(sp)
  ld t2, FRAME_STATUS(sp)
  csrw sepc, t1
  csrw sstatus, t2
  andi t2, t2, STATUS_SPP
  bnez t2, 2f
  addi t0, sp, FRAME_SIZE
  csrw sscratch, t0
2:
  each_register ld
  ld sp, 2 * 8(sp)
  sret
