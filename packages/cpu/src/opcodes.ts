import { type Instruction, instructions, transformedInstruction } from '@worldswitch/isa'
import { OP_PAGE_END, OP_UNDECODED } from './code-pool.ts'
import { effectsOf, isCold } from './instruction-effects.ts'

/**
 * How an op differs from the plain form of its instruction:
 *
 * - `near`: a branch or jump whose target is in the same page, so that only the record pointer moves;
 * - `counted`: the same, backwards or as a call: a region may begin at the target, so the arrival is counted;
 * - `slot`: a CSR instruction on a CSR that is nothing but a slot of the state block;
 * - `status`: a CSR instruction on `sstatus`.
 */
export type OpVariant = 'plain' | 'near' | 'counted' | 'slot' | 'status'

/** One target of the interpreter's dispatch. */
export interface Op {
  readonly instruction: Instruction
  /** Bytes of the instruction in memory. */
  readonly length: 2 | 4
  readonly variant: OpVariant
}

/** Evaluate an instruction of 4 bytes in TypeScript. */
export const OP_COLD_4 = 2
/** Evaluate an instruction of 2 bytes in TypeScript. */
export const OP_COLD_2 = 3
/** The instruction lies across two pages: its record is one of the hart's own. */
export const OP_ACROSS = 4
/** Ops that stand for no instruction. */
export const SPECIAL_OPS = 5

/** The CSR instructions with a `slot` variant. */
const SLOT_NAMES = new Set(['csrrw', 'csrrs', 'csrrc'])

const key = (instruction: Instruction, length: 2 | 4, variant: OpVariant): string =>
  `${instruction.name} ${length} ${variant}`

const nameOf = ({ instruction, length, variant }: Op): string => key(instruction, length, variant)

function listOps(): readonly Op[] {
  const compressible = new Set(instructions.flatMap((row) => row.expandsTo ?? []))
  const list: Op[] = []
  for (const instruction of instructions) {
    if (instruction.expandsTo !== undefined) continue
    const effects = effectsOf(instruction)
    if (SLOT_NAMES.has(instruction.name)) list.push({ instruction, length: 4, variant: 'slot' })
    if (effects.has('csr')) list.push({ instruction, length: 4, variant: 'status' })
    if (isCold(effects)) continue
    const lengths: readonly (2 | 4)[] = compressible.has(instruction) ? [4, 2] : [4]
    const near = effects.has('branch') || effects.has('jump')
    for (const length of lengths) {
      list.push({ instruction, length, variant: 'plain' })
      if (near) {
        list.push({ instruction, length, variant: 'near' })
        list.push({ instruction, length, variant: 'counted' })
      }
    }
  }
  return list
}

/** The ops from {@link SPECIAL_OPS} on. */
export const ops: readonly Op[] = listOps()

/** The ops of an instruction of one length in memory, by variant. */
export type OpNumbers = Readonly<Partial<Record<OpVariant, number>>>

const none: OpNumbers = {}
const short = new Map<Instruction, Partial<Record<OpVariant, number>>>()
const long = new Map<Instruction, Partial<Record<OpVariant, number>>>()
for (const [index, { instruction, length, variant }] of ops.entries()) {
  const numbers = length === 2 ? short : long
  const known = numbers.get(instruction) ?? {}
  numbers.set(instruction, known)
  known[variant] = SPECIAL_OPS + index
}

/** @returns the ops of an instruction; a variant that is missing only TypeScript executes. */
export const opNumbers = (instruction: Instruction, length: 2 | 4): OpNumbers =>
  (length === 2 ? short : long).get(instruction) ?? none

/** @returns the op of an instruction in a variant, or undefined when only TypeScript executes that. */
export const opNumber = (instruction: Instruction, length: 2 | 4, variant: OpVariant): number | undefined =>
  opNumbers(instruction, length)[variant]

/**
 * Instructions that often follow each other, with their lengths in memory. Chosen one after the other, the one first that
 * saved most dispatches, from what Debian's kernel and programs execute untranslated: together they save 22 % of them.
 */
const PAIRS = [
  'ld2 ld2',
  'sd2 sd2',
  'add2 add2',
  'auipc4 jalr4',
  'addi4 addi4',
  'addi2 jalr2',
  'sd4 sd4',
  'auipc4 addi4',
  'ld4 ld4',
  'add2 ld2',
  'sd2 addi2',
  'addi2 add2',
  'sd4 add2',
  'add2 ld4',
  'slli4 srli2',
  'slli4 srli4',
]

/** Numbers of two ops in a row that are dispatched once. */
export type Pair = readonly [first: number, second: number]

const plainNumber = (text: string): number => {
  const [, name, length] = /^([a-z]+)([24])$/.exec(text)!
  const { instruction } = ops.find((op) => op.instruction.name === name)!
  return opNumber(instruction, Number(length) as 2 | 4, 'plain')!
}

/** What the ops behind {@link ops} stand for. */
export const pairs: readonly Pair[] = PAIRS.map((text) => {
  const [first, second] = text.split(' ').map(plainNumber)
  return [first, second]
})

const FIRST_PAIR = SPECIAL_OPS + ops.length
/** Ops of pairs, by first op times {@link FIRST_PAIR} plus second op. */
const pairNumbers = new Uint16Array(FIRST_PAIR * FIRST_PAIR)
for (const [index, [first, second]] of pairs.entries())
  pairNumbers[first * FIRST_PAIR + second] = FIRST_PAIR + index

/** @returns the op that stands for two in a row, neither of which stands for two; 0 when there is none. */
export const pairNumber = (first: number, second: number): number => pairNumbers[first * FIRST_PAIR + second]

/** What a trap tells about the load or store of an op, but for the register: it is number 0. */
export const toldOf = ({ instruction, length }: Op): number =>
  transformedInstruction({ base: instruction, word: instruction.match, length, rd: 0, rs2: 0 }, 0)

/** Names of all ops, for diagnosis. */
export const opNames: readonly string[] = [
  ...((): string[] => {
    const names: string[] = []
    names[OP_UNDECODED] = 'undecoded'
    names[OP_PAGE_END] = 'page end'
    names[OP_COLD_4] = 'cold'
    names[OP_COLD_2] = 'cold, compressed'
    names[OP_ACROSS] = 'across pages'
    return names
  })(),
  ...ops.map(nameOf),
  ...pairs.map((pair) => pair.map((number) => nameOf(ops[number - SPECIAL_OPS])).join(', ')),
]
