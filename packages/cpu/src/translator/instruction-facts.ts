import { type Decoded, type Instruction, instructions, type Width } from '@worldswitch/isa'
import { accessWidth, type Effect, effectsOf, isCold } from '../instruction-effects.ts'
import type { GeneratedCsr } from '../slot-csrs.ts'

/** How control goes on after an instruction. */
export type Transfer = 'next' | 'branch' | 'jump' | 'call' | 'indirect call' | 'indirect'

/** An access to memory at `rs1` plus the immediate. */
export interface AccessFacts {
  readonly kind: 'load' | 'store'
  readonly width: Width
}

/** What the translator must know of a row of the instruction table before it emits code. */
interface RowFacts {
  readonly isTranslated: boolean
  readonly usesFloat: boolean
  readonly usesProducts: boolean
  readonly usesCsr: boolean
  /** Whether the instruction may be left to the interpreter before its first effect. */
  readonly mayLeave: boolean
  /** As if it did not write a link register. */
  readonly transfer: 'next' | 'branch' | 'jump' | 'indirect'
  readonly access: AccessFacts | undefined
  readonly looksUp: boolean
  readonly isGuarded: boolean
  /** All ones for an operand that is used, otherwise 0. */
  readonly rs1: number
  readonly rs2: number
  readonly rd: number
  readonly fs1: number
  readonly fs2: number
  readonly fs3: number
  readonly fd: number
}

/** What has an address looked up in the TLB. */
const ACCESSING: readonly Effect[] = ['load', 'store', 'loadReserved', 'storeConditional', 'amo', 'zeroBlock']

const LEAVING: readonly Effect[] = [...ACCESSING, 'illegalIf', 'virtualIf', 'csr']

/** What ends in TypeScript anyhow. */
const INTERPRETED: readonly Effect[] = ['environmentCall', 'returnFrom', 'fenceTranslations']

/** What takes functions of its own. */
const PRODUCTS: readonly Effect[] = ['mulHigh', 'carrylessMul', 'carrylessMulHigh']

function factsOf(row: Instruction): RowFacts {
  const effects = effectsOf(row)
  const width = accessWidth(row)
  const mask = (effect: Effect): number => (effects.has(effect) ? -1 : 0)
  return {
    isTranslated: !isCold(effects) && !INTERPRETED.some((effect) => effects.has(effect)),
    usesFloat: effects.has('floatOff'),
    usesProducts: PRODUCTS.some((effect) => effects.has(effect)),
    usesCsr: effects.has('csr'),
    access: width === undefined ? undefined : { kind: effects.has('load') ? 'load' : 'store', width },
    isGuarded: effects.has('illegalIf') || effects.has('virtualIf'),
    looksUp: ACCESSING.some((effect) => effects.has(effect)),
    mayLeave: LEAVING.some((effect) => effects.has(effect)),
    transfer: effects.has('branch')
      ? 'branch'
      : effects.has('jump')
        ? 'jump'
        : effects.has('jumpTo')
          ? 'indirect'
          : 'next',
    rs1: mask('rs1'),
    rs2: mask('rs2'),
    rd: mask('setRd'),
    fs1: mask('fs1'),
    fs2: mask('fs2'),
    fs3: mask('fs3'),
    fd: mask('setFd'),
  }
}

const rows = new Map<Instruction, RowFacts>(
  instructions.filter((row) => row.expandsTo === undefined).map((row) => [row, factsOf(row)]),
)

/** An instruction as regions have it, wherever it lies. Registers are bits of words: x1 to x31, and f0 to f31. */
export interface RegionInstruction {
  readonly decoded: Decoded
  readonly transfer: Transfer
  /** Whether the instruction may be left to the interpreter before its first effect. */
  readonly mayLeave: boolean
  /** Whether it asks if floating point may be used. */
  readonly usesFloat: boolean
  /** Whether it needs the upper half of a product, or one without carries. */
  readonly usesProducts: boolean
  readonly readsX: number
  readonly readsF: number
  readonly writesX: number
  readonly writesF: number
  /** Its access to memory, atomic ones left out. */
  readonly access: AccessFacts | undefined
  /** Whether it accesses memory, in whatever way. */
  readonly looksUp: boolean
  /** Whether mode and CSRs decide if it may be executed. */
  readonly isGuarded: boolean
  /** The CSR that it accesses. */
  readonly csr: GeneratedCsr | undefined
}

/** x1 and x5: what the calling convention keeps return addresses in. Unprivileged ISA, "RV32I", JALR. */
const isLink = (register: number): boolean => register === 1 || register === 5

/** Whether a computed jump is a return by the calling convention. */
export const isReturn = ({ transfer, decoded }: RegionInstruction): boolean =>
  transfer === 'indirect' && isLink(decoded.rs1)

function transferOf({ transfer }: RowFacts, rd: number): Transfer {
  if (transfer === 'jump') return isLink(rd) ? 'call' : 'jump'
  if (transfer === 'indirect') return isLink(rd) ? 'indirect call' : 'indirect'
  return transfer
}

/**
 * @param generatedCsr - tells the CSR of a number, if generated code accesses it.
 * @returns null for what translated code does not contain.
 */
export function regionInstruction(
  decoded: Decoded,
  generatedCsr: (number: number) => GeneratedCsr | undefined,
): RegionInstruction | null {
  const { rd, rs1, rs2, rs3 } = decoded
  const row = rows.get(decoded.base)!
  const csr = row.usesCsr ? generatedCsr(decoded.csr) : undefined
  if (!row.isTranslated || (row.usesCsr && csr === undefined)) return null
  return {
    decoded,
    transfer: transferOf(row, rd),
    mayLeave: row.mayLeave,
    usesFloat: row.usesFloat,
    usesProducts: row.usesProducts,
    readsX: (((1 << rs1) & row.rs1) | ((1 << rs2) & row.rs2)) & ~1,
    readsF: ((1 << rs1) & row.fs1) | ((1 << rs2) & row.fs2) | ((1 << rs3) & row.fs3),
    writesX: (1 << rd) & row.rd & ~1,
    writesF: (1 << rd) & row.fd,
    access: row.access,
    looksUp: row.looksUp,
    isGuarded: row.isGuarded,
    csr,
  }
}
