import { allExtensions, assemble, decode } from '@worldswitch/isa'
import { describe, expect, test } from 'vitest'
import { agree } from '../../test/agreement.ts'
import { controlFlow } from './control-flow.ts'
import { regionInstruction } from './instruction-facts.ts'
import { findRegion } from './region.ts'

/** The loops of the region that begins at a label: how many blocks each has, by the label of its header. */
function loopsFrom(label: string, program: string): Record<string, number> {
  const { bytes, symbols } = assemble(program)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const source = {
    instruction: (at: number) => {
      const low = view.getUint16(at, true)
      const decoded = decode((low & 3) === 3 ? view.getInt32(at, true) : low, allExtensions)
      return decoded === undefined ? null : regionInstruction(decoded, () => undefined)
    },
    isWanted: (at: number) => at < bytes.length,
    isMissed: () => false,
  }
  const entry = Number(symbols.get(label))
  const { nodes, loops, entries } = controlFlow(findRegion(source, 0, entry, new Set())!)
  expect(entries).toContain(entry)
  const labels = new Map([...symbols].map(([name, at]) => [Number(at), name]))
  return Object.fromEntries(
    [...loops].map(([header, { size }]) => [labels.get(nodes[header].block.start), size]),
  )
}

const NEST = `
  start: li s0, 5
  outer: li s1, 4
  middle: li s2, 9
  inner: add a0, a0, s2
    addi s2, s2, -1
    bnez s2, inner
    addi s1, s1, -1
    bnez s1, middle
    addi s0, s0, -1
    bnez s0, outer
  end: j end`

describe('a nest of loops', () => {
  test.each(['outer', 'middle', 'inner'])(
    'is one in its region wherever that was promoted: at %s',
    (label) => {
      expect(loopsFrom(label, NEST)).toEqual({ outer: 5, middle: 3, inner: 1 })
    },
  )

  test('into which there are two ways from its first block begins where it was promoted', () => {
    const program = `
      start: addi a0, a0, 1
        andi a3, a0, 3
        bnez a3, other
      middle: addi a1, a1, 1
      other: addi a2, a2, 1
        andi a3, a2, 1
        bnez a3, middle
        j start`
    expect(loopsFrom('other', program)).toEqual({ other: 4 })
  })

  test('computes what the interpreter does', () => {
    agree(NEST, { steps: 400 })
  })
})
