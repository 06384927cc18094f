/* Entry and traps of the guest. sscratch is zero in VS-mode, and the stack for traps in VU-mode. */
#define FRAME 288

  .section .text.entry
  .globl _start
_start: /* a0 = hart, a1 = case */
  li sp, 0x80100000
  slli t0, a0, 14
  sub sp, sp, t0
  csrw sscratch, zero
  la t0, trap
  csrw stvec, t0
  call run_case
1:
  j 1b

  .text
  .balign 4
trap:
  csrrw sp, sscratch, sp
  bnez sp, 1f
  csrr sp, sscratch
1:
  addi sp, sp, -FRAME
  sd x1, 8(sp)
  .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sd x\n, 8*\n(sp)
  .endr
  csrr t0, sscratch
  sd t0, 16(sp)
  csrw sscratch, zero
  csrr t0, sepc
  sd t0, 0(sp)
  csrr t0, sstatus
  sd t0, 256(sp)
  mv a0, sp
  call on_trap
  ld t0, 0(sp)
  csrw sepc, t0
  ld t0, 256(sp)
  csrw sstatus, t0
  andi t0, t0, 0x100 /* SPP */
  bnez t0, 2f
  addi t0, sp, FRAME
  csrw sscratch, t0
2:
  ld x1, 8(sp)
  .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(sp)
  .endr
  ld sp, 16(sp)
  sret

/* void enter_user(u64 pc, u64 stack): goes on in VU-mode; leave_user comes back from there. */
  .globl enter_user
enter_user:
  addi sp, sp, -128
  sd ra, 0(sp)
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
  sd s\n, 8*\n+8(sp)
  .endr
  la t0, kernel_stack
  sd sp, 0(t0)
  csrw sscratch, sp
  csrw sepc, a0
  li t0, 0x100
  csrc sstatus, t0
  mv sp, a1
  sret

/* void leave_user(void): called on the stack of a trap from VU-mode; returns from enter_user. */
  .globl leave_user
leave_user:
  la t0, kernel_stack
  ld sp, 0(t0)
  ld ra, 0(sp)
  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11
  ld s\n, 8*\n+8(sp)
  .endr
  addi sp, sp, 128
  ret

  .bss
  .balign 8
kernel_stack:
  .dword 0
