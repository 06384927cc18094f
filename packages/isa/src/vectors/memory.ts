import { exceptionCause } from '../exception.ts'
import { type Vector, vector, vectorData } from './vector.ts'

const bytes = 0xf7e6_d5c4_b3a2_9180n
const next = 0x0102_0304_0506_0708n
const base = { a1: vectorData + 16n }

const load = (
  instruction: string,
  cases: readonly (readonly [name: string, offset: bigint, result: bigint])[],
) =>
  cases.map(([name, offset, a0]) =>
    vector(instruction, name, `${instruction} a0,${offset}(a1)`, {
      registers: base,
      data: [0n, next, bytes, next],
      expect: { registers: { a0 } },
    }),
  )

const store = (
  instruction: string,
  cases: readonly (readonly [name: string, offset: bigint, after: readonly bigint[]])[],
) =>
  cases.map(([name, offset, after]) =>
    vector(instruction, name, `${instruction} a2,${offset}(a1)`, {
      registers: { ...base, a2: bytes },
      data: [-1n, -1n, -1n, -1n],
      expect: { data: after },
    }),
  )

/** Loads and stores. */
export const memoryVectors: readonly Vector[] = [
  ...load('lb', [
    ['negative', 0n, -128n],
    ['positive, going back', -1n, 1n],
    ['the last byte', 7n, -9n],
  ]),
  ...load('lbu', [['zero-extends', 0n, 0x80n]]),
  ...load('lh', [
    ['negative', 0n, -0x6e80n],
    ['misaligned', 1n, -0x5d6fn],
    ['misaligned across a doubleword', 7n, 0x08f7n],
  ]),
  ...load('lhu', [
    ['zero-extends', 0n, 0x9180n],
    ['misaligned', 1n, 0xa291n],
  ]),
  ...load('lw', [
    ['negative', 0n, -0x4c5d_6e80n],
    ['positive, going back', -8n, 0x0506_0708n],
    ['misaligned', 2n, -0x2a3b_4c5en],
    ['misaligned across a doubleword', 5n, 0x08f7_e6d5n],
  ]),
  ...load('lwu', [
    ['zero-extends', 0n, 0xb3a2_9180n],
    ['misaligned', 3n, 0xe6d5_c4b3n],
  ]),
  ...load('ld', [
    ['aligned', 0n, bytes],
    ['misaligned', 4n, 0x0506_0708_f7e6_d5c4n],
    ['misaligned by 1, going back', -7n, 0x8001_0203_0405_0607n],
  ]),
  vector('ld', 'rd is rs1', 'ld a1,0(a1)', {
    registers: base,
    data: [0n, 0n, bytes],
    expect: { registers: { a1: bytes } },
  }),
  vector('lw', 'rd is x0', 'lw zero,0(a1)', { registers: base, data: [0n, 0n, bytes] }),
  vector('ld', 'wraps around the address space', 'ld a0,2047(a1)', {
    registers: { a1: vectorData - 2047n },
    data: [bytes],
    expect: { registers: { a0: bytes } },
  }),

  ...store('sb', [
    ['one byte', 0n, [-1n, -1n, -128n, -1n]],
    ['the last byte', 7n, [-1n, -1n, -0x7f00_0000_0000_0001n, -1n]],
  ]),
  ...store('sh', [
    ['two bytes', 0n, [-1n, -1n, -0x6e80n, -1n]],
    ['misaligned across a doubleword', 7n, [-1n, -1n, -0x7f00_0000_0000_0001n, -0x6fn]],
  ]),
  ...store('sw', [
    ['four bytes', 4n, [-1n, -1n, -0x4c5d_6e7f_0000_0001n, -1n]],
    ['misaligned', 1n, [-1n, -1n, -0x4c_5d6e_7f01n, -1n]],
    ['misaligned across a doubleword, going back', -2n, [-1n, -0x6e7f_0000_0000_0001n, -0x4c5en, -1n]],
  ]),
  ...store('sd', [
    ['aligned', 0n, [-1n, -1n, bytes, -1n]],
    ['misaligned', 4n, [-1n, -1n, -0x4c5d_6e7f_0000_0001n, -0x0819_2a3cn]],
  ]),
  vector('sd', 'x0 stores zero', 'sd zero,0(a1)', {
    registers: base,
    data: [-1n, -1n, -1n],
    expect: { data: [-1n, -1n, 0n] },
  }),
]

const at = { a1: vectorData + 8n }

type Amo = readonly [name: string, memory: bigint, operand: bigint, after: bigint]

const amoDouble = (name: string, cases: readonly Amo[]): Vector[] =>
  cases.flatMap(([title, memory, a2, after], i) => {
    const instruction = `${name}.d`
    const short = {
      registers: { ...at, a2 },
      data: [0n, memory, 0n],
      expect: { registers: { a0: memory }, data: [0n, after, 0n] },
    }
    const once = vector(instruction, title, `${instruction} a0,a2,(a1)`, short)
    if (i > 0) return [once]
    const { registers: _, ...quiet } = short.expect
    return [
      once,
      vector(instruction, 'ordered', `${instruction}.aqrl a0,a2,(a1)`, short),
      vector(instruction, 'rd is rs2', `${instruction} a2,a2,(a1)`, {
        ...short,
        expect: { ...quiet, registers: { a2: memory } },
      }),
      vector(instruction, 'rd is rs1', `${instruction} a1,a2,(a1)`, {
        ...short,
        expect: { ...quiet, registers: { a1: memory } },
      }),
      vector(instruction, 'rd is x0', `${instruction} zero,a2,(a1)`, { ...short, expect: quiet }),
      misaligned(instruction, `${instruction} a0,a2,(a1)`, 4n, exceptionCause.storeAddressMisaligned),
    ]
  })

const amoWord = (name: string, cases: readonly Amo[]): Vector[] =>
  cases.flatMap(([title, memory, a2, after], i) => {
    const instruction = `${name}.w`
    const other = 0x7654_3210n
    const low = BigInt.asUintN(32, memory)
    const result = BigInt.asUintN(32, after)
    const seen = { a0: BigInt.asIntN(32, memory) }
    return [
      vector(instruction, title, `${instruction} a0,a2,(a1)`, {
        registers: { ...at, a2 },
        data: [-1n, (other << 32n) | low],
        expect: { registers: seen, data: [-1n, (other << 32n) | result] },
      }),
      vector(instruction, `${title}, in the upper half`, `${instruction} a0,a2,(a1)`, {
        registers: { a1: at.a1 + 4n, a2 },
        data: [-1n, (low << 32n) | other],
        expect: { registers: seen, data: [-1n, (result << 32n) | other] },
      }),
      ...(i > 0
        ? []
        : [misaligned(instruction, `${instruction} a0,a2,(a1)`, 2n, exceptionCause.storeAddressMisaligned)]),
    ]
  })

function misaligned(instruction: string, code: string, by: bigint, cause: number): Vector {
  const address = at.a1 + by
  return vector(instruction, 'misaligned', code, {
    registers: { a1: address, a2: 1n },
    data: [1n, 2n, 3n],
    expect: { trap: { cause, tval: address } },
  })
}

const most = 0x7fff_ffff_ffff_ffffn
const least = -0x8000_0000_0000_0000n
const above = 0x1234_5678n << 32n

/** Atomic instructions. */
export const atomicVectors: readonly Vector[] = [
  ...amoDouble('amoswap', [['swaps', 1n, -2n, -2n]]),
  ...amoDouble('amoadd', [
    ['adds', 40n, 2n, 42n],
    ['wraps', most, 1n, least],
  ]),
  ...amoDouble('amoxor', [['flips', 0xff00n, 0x0ff0n, 0xf0f0n]]),
  ...amoDouble('amoand', [['masks', 0xff00n, 0x0ff0n, 0x0f00n]]),
  ...amoDouble('amoor', [['sets', 0xff00n, 0x0ff0n, 0xfff0n]]),
  ...amoDouble('amomin', [
    ['takes the operand', 1n, -1n, -1n],
    ['keeps memory', least, most, least],
    ['of equals', 5n, 5n, 5n],
  ]),
  ...amoDouble('amomax', [
    ['takes the operand', -1n, 1n, 1n],
    ['keeps memory', most, least, most],
  ]),
  ...amoDouble('amominu', [
    ['takes the operand', -1n, 1n, 1n],
    ['keeps memory', most, least, most],
  ]),
  ...amoDouble('amomaxu', [
    ['takes the operand', 1n, -1n, -1n],
    ['keeps memory', least, most, least],
  ]),
  ...amoWord('amoswap', [['swaps and sign-extends', 0x8000_0000n, above | 0x55n, 0x55n]]),
  ...amoWord('amoadd', [
    ['adds', 40n, 2n, 42n],
    ['wraps', 0x7fff_ffffn, 1n, 0x8000_0000n],
    ['carries nothing over', -1n, 1n, 0n],
  ]),
  ...amoWord('amoxor', [['flips', 0xff00n, above | 0x0ff0n, 0xf0f0n]]),
  ...amoWord('amoand', [['masks', -1n, above | 0x0ff0n, 0x0ff0n]]),
  ...amoWord('amoor', [['sets', 0x8000_0000n, above | 0x0ff0n, 0x8000_0ff0n]]),
  ...amoWord('amomin', [
    ['takes the operand, ignoring its high word', 1n, above | 0xffff_ffffn, 0xffff_ffffn],
    ['keeps memory', 0x8000_0000n, 0x7fff_ffffn, 0x8000_0000n],
    ['compares 32 bits of the operand', 5n, -above, 0n],
  ]),
  ...amoWord('amomax', [
    ['takes the operand', 0x8000_0000n, above | 1n, 1n],
    ['keeps memory, ignoring the high word', 1n, above | 0xffff_ffffn, 1n],
  ]),
  ...amoWord('amominu', [
    ['takes the operand, ignoring its high word', 0x8000_0000n, above | 1n, 1n],
    ['keeps memory', 1n, -1n, 1n],
  ]),
  ...amoWord('amomaxu', [
    ['takes the operand', 1n, 0xffff_ffffn, 0xffff_ffffn],
    ['keeps memory, ignoring the high word', 2n, above | 1n, 2n],
  ]),

  vector('lr.w', 'sign-extends', 'lr.w a0,(a1)', {
    registers: at,
    data: [0n, 0x7777_7777_8000_0000n],
    expect: { registers: { a0: -0x8000_0000n } },
  }),
  vector('lr.d', 'loads', 'lr.d a0,(a1)', {
    registers: at,
    data: [0n, most],
    expect: { registers: { a0: most } },
  }),
  misaligned('lr.w', 'lr.w a0,(a1)', 2n, exceptionCause.loadAddressMisaligned),
  misaligned('lr.d', 'lr.d a0,(a1)', 4n, exceptionCause.loadAddressMisaligned),
  misaligned('sc.w', 'sc.w a0,a2,(a1)', 2n, exceptionCause.storeAddressMisaligned),
  misaligned('sc.d', 'sc.d a0,a2,(a1)', 4n, exceptionCause.storeAddressMisaligned),
  vector('sc.w', 'succeeds after LR', 'lr.w a0,(a1)\nsc.w a3,a2,(a1)', {
    registers: { ...at, a2: above | 9n },
    data: [0n, -1n],
    expect: { registers: { a0: -1n, a3: 0n }, data: [0n, -0xffff_fff7n] },
  }),
  vector('sc.d', 'succeeds after LR', 'lr.d.aq a0,(a1)\nsc.d.rl a3,a2,(a1)', {
    registers: { ...at, a2: most },
    data: [0n, -1n],
    expect: { registers: { a0: -1n, a3: 0n }, data: [0n, most] },
  }),
  vector('sc.d', 'fails the second time', 'lr.d a0,(a1)\nsc.d a3,a2,(a1)\nsc.d a4,zero,(a1)', {
    registers: { ...at, a2: most },
    data: [0n, -1n],
    expect: { registers: { a0: -1n, a3: 0n, a4: 1n }, data: [0n, most] },
  }),
  vector(
    'sc.w',
    'fails without LR, after a failure that ends any reservation',
    'sc.w zero,zero,(a4)\nsc.w a0,a2,(a1)',
    {
      registers: { ...at, a2: 1n, a4: vectorData + 32n },
      data: [0n, 7n, 0n, 0n, 0n],
      expect: { registers: { a0: 1n } },
    },
  ),
  vector(
    'sc.d',
    'fails at another address, and ends the reservation',
    'lr.d a0,(a1)\nsc.d a3,a2,(a4)\nsc.d a5,a2,(a1)',
    {
      registers: { ...at, a2: 1n, a4: vectorData + 40n },
      data: [0n, 7n, 0n, 0n, 0n, 8n],
      expect: { registers: { a0: 7n, a3: 1n, a5: 1n } },
    },
  ),
]
