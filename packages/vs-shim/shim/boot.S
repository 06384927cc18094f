/* From the firmware in HS-mode: a0 is the hart, a1 the device tree. Then the way from the guest and back. */
#include "machine.h"

  .option norelax
  .section .text.boot, "ax"
  .globl _start
_start:
  j boot
  .balign 8
  .globl guest_entry
guest_entry: /* written by whoever puts shim and guest together */
  .dword 0

boot:
  csrw sie, zero
  la t0, on_stray_trap
  csrw stvec, t0
  la t0, bss_start
  la t1, bss_end
1:
  bgeu t0, t1, 2f
  sd zero, 0(t0)
  addi t0, t0, 8
  j 1b
2:
  la sp, guest_frame
  sd a0, 8*10(sp)
  sd a1, 8*11(sp)
  csrw sscratch, sp
  mv a0, a1
  call set_up
  la t0, on_guest_trap
  csrw stvec, t0
  j enter_guest

/* sscratch is the frame of the guest, and the stack is below that. */
  .balign 4
on_guest_trap:
  csrrw sp, sscratch, sp
  sd x1, 8(sp)
  .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  sd x\n, 8*\n(sp)
  .endr
  csrrw t0, sscratch, sp
  sd t0, 8*2(sp)
  mv a0, sp
  call on_trap
enter_guest:
  ld x1, 8(sp)
  .irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
  ld x\n, 8*\n(sp)
  .endr
  ld sp, 8*2(sp)
  sret

  .balign 4
on_stray_trap:
  la sp, guest_frame
  call stray_trap

/* See device-access.h. A trap in between goes to 9. */
  .globl device_access
device_access:
  la t0, 9f
  csrrw t0, stvec, t0
  la t1, 1f
  slli a1, a1, 3
  add t1, t1, a1
  mv t2, a0
  jr t1
  .option push
  .option norvc
1:
  .irp load, lb, lh, lw, ld, lbu, lhu, lwu, ld
  \load a0, 0(t2)
  j 2f
  .endr
  .irp store, sb, sh, sw, sd
  \store a2, 0(t2)
  j 2f
  .endr
  .option pop

  .globl fetch_guest
fetch_guest:
  la t0, 9f
  csrrw t0, stvec, t0
  .insn r 0x73, 4, 0x32, a0, a0, x3 /* hlvx.hu */
2:
  csrw stvec, t0
  li a1, 0
  ret
  .balign 4
9:
  csrw stvec, t0
  li a1, 1
  ret

  .bss
  .balign 16
  .space 16384
guest_frame:
  .space FRAME_SIZE
