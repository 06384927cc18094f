import type { Extension, Instruction, InstructionDefinition } from '../instruction.ts'
import { instruction } from '../instruction.ts'
import type { Semantics } from '../semantics.ts'

/** One of the two formats, and what differs by it in the instructions. */
export interface Precision {
  readonly extension: Extension
  /** Of mnemonics and of operations. */
  readonly suffix: 's' | 'd'
  readonly bytes: 4 | 8
  /** The field of the instruction word. */
  readonly fmt: 0 | 1
  readonly name: string
  /** The bits of the value in a register: a single that is not NaN-boxed counts as the canonical NaN. */
  readonly unbox: <V, C>(e: Semantics<V, C>, register: V) => V
  /** A register that holds the value. */
  readonly box: <V, C>(e: Semantics<V, C>, value: V) => V
  readonly sign: bigint
  readonly infinity: bigint
  readonly leastNormal: bigint
  readonly leastQuiet: bigint
}

const boxed = 0xffff_ffff_0000_0000n
const canonical = 0x7fc0_0000n

/** binary32. Unprivileged ISA, chapter "F", and "NaN Boxing of Narrower Values" of chapter "D". */
export const single: Precision = {
  extension: 'F',
  suffix: 's',
  bytes: 4,
  fmt: 0,
  name: 'single',
  unbox: (e, register) => {
    const bits = e.let(register)
    return e.select(e.geU(bits, e.constant(boxed)), e.zeroExtend(32, bits), e.constant(canonical))
  },
  box: (e, value) => e.or(value, e.constant(boxed)),
  sign: 1n << 31n,
  infinity: 0x7f80_0000n,
  leastNormal: 0x0080_0000n,
  leastQuiet: canonical,
}

/** binary64. Unprivileged ISA, chapter "D". */
export const double: Precision = {
  extension: 'D',
  suffix: 'd',
  bytes: 8,
  fmt: 1,
  name: 'double',
  unbox: (_e, register) => register,
  box: (_e, value) => value,
  sign: 1n << 63n,
  infinity: 0x7ff0n << 48n,
  leastNormal: 0x0010n << 48n,
  leastQuiet: 0x7ff8n << 48n,
}

/** What is illegal while the floating-point state is off. */
export const floatRow = (definition: InstructionDefinition): Instruction =>
  instruction({
    ...definition,
    semantics: (e) => {
      e.illegalIf(e.floatOff())
      definition.semantics(e)
    },
  })

/** What also rounds, and is reserved with a mode that does not exist. */
export const roundedRow = (definition: InstructionDefinition): Instruction =>
  instruction({
    ...definition,
    except: [
      { match: (definition.match | 0x5000) >>> 0, mask: (definition.mask | 0x7000) >>> 0 },
      { match: (definition.match | 0x6000) >>> 0, mask: (definition.mask | 0x7000) >>> 0 },
    ],
    semantics: (e) => {
      e.illegalIf(e.either(e.floatOff(), e.roundingReserved()))
      definition.semantics(e)
    },
  })
