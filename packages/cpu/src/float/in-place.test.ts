import { computeFloat, FloatFlag, type FloatOperation } from '@worldswitch/ieee754'
import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY } from '../../test/board.ts'
import { below, floatOperands } from '../../test/float-operands.ts'

const operations: readonly FloatOperation[] = [
  'add.s',
  'add.d',
  'sub.s',
  'sub.d',
  'mul.s',
  'mul.d',
  'div.s',
  'div.d',
  'sqrt.s',
  'sqrt.d',
]
const FS_DIRTY = 3n << 13n
const BOXED = 0xffff_ffff_0000_0000n
const FA0 = 10
const FA1 = 11
const RUNS = 1000
const modes = ['rne', 'rtz', 'rdn', 'rup', 'rmm']

describe('instructions of the interpreter agree with the reference', () => {
  test.each(operations)('%s, with frm and flags of all kinds', (operation) => {
    const isSingle = operation.endsWith('.s')
    const box = (bits: bigint) => (isSingle ? bits | BOXED : bits)
    const registers = operation.startsWith('sqrt') ? 'fa0,fa1' : 'fa0,fa1,fa2'
    // The dynamic one first, then one of each direction.
    const program = ['dyn', ...modes].map((mode) => `f${operation} ${registers},${mode}`).join('\n')
    const { hart } = board(program, { engine: 'interpreter' })
    hart.writeCsr(Csr.mstatus, FS_DIRTY)
    for (let run = 0; run < RUNS; run++) {
      const operands = floatOperands(operation)
      const frm = run & 1 ? 0 : below(5)
      const direction = run & 4 ? below(5) : undefined
      const accrued = run & 2 ? FloatFlag.NX : below(32)
      for (const [index, value] of operands.entries()) hart.writeF(FA1 + index, box(value))
      hart.writeCsr(Csr.fcsr, BigInt((frm << 5) | accrued))
      hart.pc = ENTRY + (direction === undefined ? 0n : BigInt(4 + 4 * direction))
      hart.run(1)
      const [a, b] = operands
      const expected = computeFloat(operation, direction ?? frm, a as bigint, b)
      const what = `${operands.map((value) => value.toString(16))} ${direction ?? `frm ${frm}`} after ${accrued}: `
      expect(`${what}${hart.readF(FA0).toString(16)}, ${hart.readCsr(Csr.fcsr) & 31n}`).toBe(
        `${what}${box(expected.value).toString(16)}, ${expected.flags | accrued}`,
      )
    }
  })
})
