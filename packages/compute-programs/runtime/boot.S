# Entry from the firmware, in S-mode with translation off: a1 is the device tree. Makes page tables (Sv39, see
# memory-map.h), turns translation on and calls run_program(device tree) at the linked addresses.
#include "memory-map.h"

.set VALID, 0x01
.set READ, 0x02
.set WRITE, 0x04
.set EXECUTE, 0x08
.set USED, 0xc0                       # A and D: nobody has to set them
.set CODE, VALID | READ | EXECUTE | USED
.set DATA, VALID | READ | WRITE | USED
.set SATP_SV39, 8
.set FS_INITIAL, 1 << 13

.option norelax
.section .boot, "ax"
.globl _start
_start:
  csrw sie, zero
  li t0, FS_INITIAL
  csrw sstatus, t0
  csrw fcsr, zero
  mv s1, a1
  li s2, OFFSET

  lla t0, bss_start
  lla t1, bss_end
  add t0, t0, s2
  add t1, t1, s2
1:
  sd zero, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 1b

  lla s3, root_table                  # root: devices, the window's table, RAM
  add s3, s3, s2
  li t0, DATA
  sd t0, 0(s3)
  lla t0, window_table
  add t0, t0, s2
  srli t1, t0, 2
  ori t1, t1, VALID
  sd t1, 8(s3)
  li t1, (0x80000000 >> 2) | CODE | WRITE
  sd t1, 16(s3)

  lla t1, page_table                  # the window: pointers to tables of 512 pages each
  add t1, t1, s2
  mv t5, t1
  li t2, WINDOW_SIZE >> 21
2:
  srli t3, t1, 2
  ori t3, t3, VALID
  sd t3, 0(t0)
  addi t0, t0, 8
  li t3, 4096
  add t1, t1, t3
  addi t2, t2, -1
  bnez t2, 2b

  li t0, LOAD                         # pages: code until text_end, data from there on
  lla t1, text_end
  add t1, t1, s2
  li t2, LOAD + WINDOW_SIZE
  li t4, 4096
3:
  srli t3, t0, 2
  bgeu t0, t1, 4f
  ori t3, t3, CODE
  j 5f
4:
  ori t3, t3, DATA
5:
  sd t3, 0(t5)
  addi t5, t5, 8
  add t0, t0, t4
  bltu t0, t2, 3b

  srli t0, s3, 12
  li t1, SATP_SV39 << 60
  or t0, t0, t1
  sfence.vma
  csrw satp, t0
  sfence.vma

  lla t0, on_trap
  csrw stvec, t0
  lla gp, __global_pointer$
  lla sp, stack_end
  mv a0, s1
  lla t0, run_program
  jr t0

# Nothing here traps: say what did, and end.
.section .text.trap, "ax"
.balign 4
on_trap:
  lla sp, stack_end
  csrr a0, scause
  csrr a1, sepc
  csrr a2, stval
  call trapped

.section .bss.tables, "aw", @nobits
.balign 4096
root_table:
  .space 4096
window_table:
  .space 4096
page_table:
  .space WINDOW_SIZE / 512
  .space 65536
stack_end:
