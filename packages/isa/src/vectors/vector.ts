import type { Privilege } from '../semantics.ts'

/**
 * A case of an instruction's behaviour: a few instructions in a straight line, the state before and the state after.
 *
 * Whoever runs it puts `code` at {@link vectorCode}, the doublewords of `data` at {@link vectorData} (zeros up to
 * 64 bytes), `registers` into the registers and anything into the others, the floating-point state as `float` says,
 * and executes as many instructions as `code` has lines. Afterwards registers that `expected` does not name, and data
 * when it does not name them, must be as before. The expected values were worked out from the specification, and confirmed on QEMU
 * (but for the three points, all about traps, in which that departs from the specification).
 */
export interface Vector {
  /** The mnemonic of the row that is tested. */
  readonly instruction: string
  readonly name: string
  /** Assembly, an instruction per line. */
  readonly code: string
  /** The mode that it means something in; in any when left out. */
  readonly privilege?: Privilege
  /** By the names of the calling convention. */
  readonly registers: Readonly<Record<string, bigint>>
  readonly data: readonly bigint[]
  readonly float: VectorFloat
  readonly expected: {
    readonly registers: Readonly<Record<string, bigint>>
    readonly data: readonly bigint[]
    readonly float: VectorFloat
    /** Relative to the code. */
    readonly pc: number
    /** The last instruction trapped, at `pc`. */
    readonly trap?: VectorTrap
  }
}

/** The floating-point state before or after a vector. */
export interface VectorFloat {
  /** All 64 bits, by the names of the calling convention. */
  readonly registers: Readonly<Record<string, bigint>>
  readonly fcsr: number
  /** `mstatus.FS`: 0 off, 1 initial, 3 dirty. */
  readonly status: 0 | 1 | 3
}

/** A synchronous trap that a vector ends with. */
export interface VectorTrap {
  /** Exception code. Of an environment call that from U-mode; 1 more in S-mode, 3 more in M-mode. */
  readonly cause: number
  readonly tval: bigint
}

/** Where the code of a vector lies. */
export const vectorCode = 0x8000_1000n

/** Where its 64 bytes of data lie. */
export const vectorData = 0x8000_2000n

/** What a table of vectors leaves unsaid. */
export interface VectorShort {
  readonly privilege?: Privilege
  readonly registers?: Readonly<Record<string, bigint>>
  readonly data?: readonly bigint[]
  readonly floats?: Readonly<Record<string, bigint>>
  readonly fcsr?: number
  /** FS is off; otherwise it is initial. */
  readonly floatOff?: boolean
  readonly expect?: {
    readonly registers?: Readonly<Record<string, bigint>>
    readonly data?: readonly bigint[]
    readonly floats?: Readonly<Record<string, bigint>>
    readonly fcsr?: number
    /** FS is dirty afterwards, as is also understood when `floats` or another `fcsr` is expected. */
    readonly dirty?: boolean
    readonly pc?: number
    readonly trap?: VectorTrap
  }
}

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value)
const u64s = (values: Readonly<Record<string, bigint>>) =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, u64(value)]))

/** Fills in what a vector leaves unsaid; negative values become unsigned. */
export function vector(instruction: string, name: string, code: string, short: VectorShort = {}): Vector {
  const { privilege, registers = {}, data = [], floats = {}, fcsr = 0, floatOff = false, expect = {} } = short
  const fcsrAfter = expect.fcsr ?? fcsr
  const dirty = expect.dirty ?? (expect.floats !== undefined || fcsrAfter !== fcsr)
  const lengths = code.split('\n').map((line) => (line.startsWith('c.') ? 2 : 4))
  const last = expect.trap === undefined ? 0 : lengths.at(-1)!
  const following = lengths.reduce<number>((sum, length) => sum + length, 0) - last
  return {
    instruction,
    name,
    code,
    ...(privilege === undefined ? {} : { privilege }),
    registers: u64s(registers),
    data: data.map(u64),
    float: { registers: u64s(floats), fcsr, status: floatOff ? 0 : 1 },
    expected: {
      registers: u64s(expect.registers ?? {}),
      data: (expect.data ?? data).map(u64),
      float: {
        registers: u64s(expect.floats ?? {}),
        fcsr: fcsrAfter,
        status: floatOff ? 0 : dirty ? 3 : 1,
      },
      pc: expect.pc ?? following,
      ...(expect.trap === undefined ? {} : { trap: expect.trap }),
    },
  }
}
