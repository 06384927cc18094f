# Entry from the firmware: a0 = hart id, a1 = physical address of the device tree, translation off.
#
# The image begins with the header that RISC-V boot loaders expect of a raw kernel image (its first word is a jump),
# so the same bytes can be loaded as ELF or raw. A page table with 1 GiB pages carries us to the linked addresses:
# where we run now (identity) and the first 4 GiB of the direct map. kernel_main replaces it.

.set DIRECT_MAP, 0xffffffc000000000
.set ENTRY_KERNEL_LEAF, 0xef          # D A G X W R V: software sets A and D itself
.set SATP_SV39, 8

.section .text.entry, "ax"
.global _start
_start:
  j 1f
  .balign 8
  .dword 0x200000                     # load offset from the base of memory
  .dword kernel_memory_size
  .dword 0                            # flags: little endian
  .word 2                             # header version 0.2
  .word 0
  .dword 0
  .ascii "RISCV\0\0\0"
  .ascii "RSC\x05"
  .word 0

1:
  csrw sie, zero
  csrw sstatus, zero
  mv s0, a0
  mv s1, a1

  lla t0, bss_start
  lla t1, bss_end
2:
  sd zero, 0(t0)
  addi t0, t0, 8
  bltu t0, t1, 2b

  lla t0, boot_root
  lla t1, _start                      # identity: the gigabyte that we are in
  srli t1, t1, 30
  slli t2, t1, 28                     # physical page number in its place of the entry
  ori t2, t2, ENTRY_KERNEL_LEAF
  slli t1, t1, 3
  add t1, t0, t1
  sd t2, 0(t1)
  li t1, 256 * 8                      # direct map: gigabytes 0 .. 3
  add t1, t0, t1
  li t2, ENTRY_KERNEL_LEAF
  li t3, 1 << 28
  li t4, 4
3:
  sd t2, 0(t1)
  add t2, t2, t3
  addi t1, t1, 8
  addi t4, t4, -1
  bnez t4, 3b

  srli t0, t0, 12
  li t1, SATP_SV39 << 60
  or t0, t0, t1
  sfence.vma
  csrw satp, t0
  sfence.vma

  lla t0, 4f
  li t1, DIRECT_MAP
  add t0, t0, t1
  jr t0
4:
  lla sp, boot_stack_end
  lla t0, trap_vector
  csrw stvec, t0
  csrw sscratch, zero
  mv a0, s0
  mv a1, s1
  call kernel_main

.section .bss
.balign 4096
boot_root:
  .space 4096
boot_stack:
  .space 8192
boot_stack_end:
