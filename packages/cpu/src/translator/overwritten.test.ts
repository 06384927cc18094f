import { expect, test } from 'vitest'
import { agree, type Machine } from '../../test/agreement.ts'

/** `li a0, 7` as a word: what the programs store over other instructions. */
const LI_A0_7 = 0x0070_0513

test('a caller that was overwritten before its callee stays gone', () => {
  const program = `
    la s2, caller_part
    la s3, callee_part
    li s4, 0x${LI_A0_7.toString(16)}
    li s5, 0x00158593 # addi a1, a1, 1
    j main
  .balign 4096
  callee:
    addi a0, a0, 1
  callee_part:
    addi a1, a1, 2
    ret
  caller:
    mv s1, ra
    jal callee
  caller_part:
    addi a0, a0, 3
    jal callee
    mv ra, s1
    ret
  main:
    jal caller
    jal caller
    sw s4, 0(s2)
    jal one
    jal two
    jal three
    jal caller
    sw s5, 0(s3)
    jal caller
    li s6, 4
  again:
    jal one
    jal two
    jal three
    jal caller
    addi s6, s6, -1
    bnez s6, again
    j .
  .balign 64
  one: addi a2, a2, 1
    ret
  .balign 64
  two: addi a3, a3, 2
    ret
  .balign 64
  three: addi a4, a4, 3
    ret
  `
  // Step by step, because then every instruction is arrived at, and a region begins there.
  const drive = ({ hart }: Machine) => {
    for (let step = 0; step < 300; step++) hart.run(1)
  }
  const { hart } = agree(program, { drive })
  expect([12, 13, 14].map((x) => hart.readX(x))).toEqual([5n, 10n, 15n])
})
