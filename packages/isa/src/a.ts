import * as formats from './formats.ts'
import { type Instruction, instruction } from './instruction.ts'
import type { Semantics } from './semantics.ts'

type Width = 4 | 8
type Update = <V, C>(e: Semantics<V, C>, old: V, operand: V) => V

const suffix = (width: Width) => (width === 4 ? 'w' : 'd')
const opcode = (funct5: number, width: Width) => ((funct5 << 27) | ((width === 4 ? 2 : 3) << 12) | 0x2f) >>> 0
const extended = <V, C>(e: Semantics<V, C>, width: Width, value: V): V =>
  width === 4 ? e.signExtend(32, value) : value

const amo = (name: string, funct5: number, does: string, update: Update): Instruction[] =>
  ([4, 8] as const).map((width) =>
    instruction({
      name: `${name}.${suffix(width)}`,
      extension: 'A',
      format: formats.Amo,
      match: opcode(funct5, width),
      mask: 0xf800_707f,
      summary: `Atomically ${does} ${8 * width} bits of memory; \`rd\` is what was there.`,
      semantics: (e) => {
        const old = e.amo(width, e.rs1(), (before) => update(e, before, e.rs2()))
        e.setRd(extended(e, width, old))
      },
    }),
  )

/** The unsigned or signed smaller or greater of memory and register, compared at the width of the access. */
const extreme = (
  name: string,
  funct5: number,
  does: string,
  signed: boolean,
  greater: boolean,
): Instruction[] =>
  ([4, 8] as const).map((width) =>
    instruction({
      name: `${name}.${suffix(width)}`,
      extension: 'A',
      format: formats.Amo,
      match: opcode(funct5, width),
      mask: 0xf800_707f,
      summary: `Atomically puts the ${does} into ${8 * width} bits of memory; \`rd\` is what was there.`,
      semantics: (e) => {
        const old = e.amo(width, e.rs1(), (before) => {
          const compared = (value: typeof before) =>
            width === 8 ? value : signed ? e.signExtend(32, value) : e.zeroExtend(32, value)
          const inMemory = compared(before)
          const inRegister = compared(e.rs2())
          const [low, high] = greater ? [inRegister, inMemory] : [inMemory, inRegister]
          return e.select(signed ? e.ltS(low, high) : e.ltU(low, high), before, e.rs2())
        })
        e.setRd(extended(e, width, old))
      },
    }),
  )

const loadReserved = (width: Width): Instruction =>
  instruction({
    name: `lr.${suffix(width)}`,
    extension: 'A',
    format: formats.LoadReserved,
    match: opcode(0b00010, width),
    mask: 0xf9f0_707f,
    summary: `Loads ${8 * width} bits and reserves their address.`,
    semantics: (e) => e.setRd(extended(e, width, e.loadReserved(width, e.rs1()))),
  })

const storeConditional = (width: Width): Instruction =>
  instruction({
    name: `sc.${suffix(width)}`,
    extension: 'A',
    format: formats.Amo,
    match: opcode(0b00011, width),
    mask: 0xf800_707f,
    summary: `Stores ${8 * width} bits if the reservation holds; \`rd\` is 0 on success, 1 otherwise.`,
    semantics: (e) => e.setRd(e.storeConditional(width, e.rs1(), e.rs2())),
  })

/** Unprivileged ISA, chapter "A". */
export const a: readonly Instruction[] = [
  loadReserved(4),
  loadReserved(8),
  storeConditional(4),
  storeConditional(8),
  ...amo('amoswap', 0b00001, 'swaps', (_e, _old, operand) => operand),
  ...amo('amoadd', 0b00000, 'adds to', (e, old, operand) => e.add(old, operand)),
  ...amo('amoxor', 0b00100, 'exclusive-ors into', (e, old, operand) => e.xor(old, operand)),
  ...amo('amoand', 0b01100, 'ands into', (e, old, operand) => e.and(old, operand)),
  ...amo('amoor', 0b01000, 'ors into', (e, old, operand) => e.or(old, operand)),
  ...extreme('amomin', 0b10000, 'smaller, signed,', true, false),
  ...extreme('amomax', 0b10100, 'greater, signed,', true, true),
  ...extreme('amominu', 0b11000, 'smaller, unsigned,', false, false),
  ...extreme('amomaxu', 0b11100, 'greater, unsigned,', false, true),
]
