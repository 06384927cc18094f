/** Pieces of assembly that several test programs are made of. */

/** A trap handler that goes on four bytes behind the instruction that trapped. Uses t5. */
export const SKIPPING_TRAP = `
trap:
  csrr t5, mepc
  addi t5, t5, 4
  csrw mepc, t5
  mret`

/** A recursive function: the sum of the numbers up to a0, in a0. Uses a1 and the stack. */
export const SUM = `
sum:
  beqz a0, bottom
  addi sp, sp, -16
  sd ra, 0(sp)
  sd a0, 8(sp)
  addi a0, a0, -1
  jal sum
  ld a1, 8(sp)
  add a0, a0, a1
  ld ra, 0(sp)
  addi sp, sp, 16
bottom:
  ret`
