import { type Decoded, type Instruction, instructions } from '@worldswitch/isa'
import { type Effect, effectsOf, isCold } from '../instruction-effects.ts'
import type { SlotCsr } from '../slot-csrs.ts'

/** How control goes on after an instruction. */
export type Transfer = 'next' | 'branch' | 'jump' | 'call' | 'indirect call' | 'indirect'

/** What the translator must know of a row of the instruction table before it emits code. */
interface RowFacts {
  readonly effects: ReadonlySet<Effect>
  /** Whether the instruction may be left to the interpreter before its first effect. */
  readonly mayLeave: boolean
}

const LEAVING: readonly Effect[] = [
  'load',
  'store',
  'loadReserved',
  'storeConditional',
  'amo',
  'zeroBlock',
  'illegalIf',
  'virtualIf',
  'csr',
]

/** What the interpreter does better, or what ends in TypeScript anyhow. */
const INTERPRETED: readonly Effect[] = ['environmentCall', 'returnFrom']

const rows = new Map<Instruction, RowFacts>(
  instructions
    .filter((row) => row.expandsTo === undefined)
    .map((row) => {
      const effects = effectsOf(row)
      return [row, { effects, mayLeave: LEAVING.some((effect) => effects.has(effect)) }]
    }),
)

/** Registers as bits of a pair of words: x1 to x31, and f0 to f31. */
export interface Registers {
  readonly x: number
  readonly f: number
}

/** One instruction of a region. */
export interface RegionInstruction {
  /** Bytes from the start of the page. */
  readonly offset: number
  readonly decoded: Decoded
  readonly effects: ReadonlySet<Effect>
  readonly transfer: Transfer
  /** Whether the instruction may be left to the interpreter before its first effect. */
  readonly mayLeave: boolean
  readonly reads: Registers
  readonly writes: Registers
  /** The CSR, when it is nothing but a slot of the state block. */
  readonly csr: SlotCsr | undefined
}

/** x1 and x5: what the calling convention keeps return addresses in. Unprivileged ISA, "RV32I", JALR. */
const isLink = (register: number): boolean => register === 1 || register === 5

function transferOf({ rd }: Decoded, effects: ReadonlySet<Effect>): Transfer {
  if (effects.has('branch')) return 'branch'
  if (effects.has('jump')) return isLink(rd) ? 'call' : 'jump'
  if (effects.has('jumpTo')) return isLink(rd) ? 'indirect call' : 'indirect'
  return 'next'
}

/**
 * @param csrOf - the CSR of a number that is nothing but a slot.
 * @returns undefined for what translated code does not contain.
 */
export function regionInstruction(
  offset: number,
  decoded: Decoded,
  csrOf: (number: number) => SlotCsr | undefined,
): RegionInstruction | undefined {
  const { base, rd, rs1, rs2, rs3 } = decoded
  const { effects, mayLeave } = rows.get(base)!
  if (isCold(effects) || INTERPRETED.some((effect) => effects.has(effect))) return undefined
  const csr = effects.has('csr') ? csrOf(decoded.csr) : undefined
  if (effects.has('csr') && csr === undefined) return undefined
  const x = (effects.has('rs1') ? 1 << rs1 : 0) | (effects.has('rs2') ? 1 << rs2 : 0)
  const f =
    (effects.has('fs1') ? 1 << rs1 : 0) |
    (effects.has('fs2') ? 1 << rs2 : 0) |
    (effects.has('fs3') ? 1 << rs3 : 0)
  return {
    offset,
    decoded,
    effects,
    transfer: transferOf(decoded, effects),
    mayLeave,
    reads: { x: x & ~1, f },
    writes: { x: effects.has('setRd') ? (1 << rd) & ~1 : 0, f: effects.has('setFd') ? 1 << rd : 0 },
    csr,
  }
}
