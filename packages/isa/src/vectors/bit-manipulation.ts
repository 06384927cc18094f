import { type Case, immediate, register } from './computation.ts'
import { type Vector, vector } from './vector.ts'

type UnaryCase = readonly [name: string, operand: bigint, result: bigint]

const unary = (instruction: string, cases: readonly UnaryCase[]): Vector[] =>
  cases.flatMap(([name, a1, a0], i) => [
    vector(instruction, name, `${instruction} a0,a1`, { registers: { a1 }, expect: { registers: { a0 } } }),
    ...(i > 0
      ? []
      : [
          vector(instruction, 'rd is rs1', `${instruction} a1,a1`, {
            registers: { a1 },
            expect: { registers: { a1: a0 } },
          }),
          vector(instruction, 'rd is x0', `${instruction} zero,a1`, { registers: { a1 } }),
        ]),
  ])

const least = -0x8000_0000_0000_0000n
const most = 0x7fff_ffff_ffff_ffffn
const least32 = -0x8000_0000n
const pattern = 0x0123_4567_89ab_cdefn
/** A word with something above it that the 32-bit instructions must not see. */
const above = (low: bigint) => (0x1234_5678n << 32n) | (low & 0xffff_ffffn)

/** Address generation. */
const zbaVectors: readonly Vector[] = [
  ...register('add.uw', [
    ['adds', 1n, 2n, 3n],
    ['zero-extends the first', -1n, 1n, 0x1_0000_0000n],
    ['keeps the second whole', above(5n), -1n, 4n],
  ]),
  ...register('sh1add', [
    ['adds twice', 3n, 100n, 106n],
    ['shifts the highest bit out', least, 7n, 7n],
    ['wraps', most, 2n, 0n],
  ]),
  ...register('sh2add', [
    ['adds four times', 3n, 100n, 112n],
    ['wraps', -1n, 0n, -4n],
  ]),
  ...register('sh3add', [
    ['adds eight times', 3n, 100n, 124n],
    ['wraps', -1n, 8n, 0n],
  ]),
  ...register('sh1add.uw', [
    ['zero-extends before it shifts', -1n, 1n, 0x1_ffff_ffffn],
    ['ignores the high word', above(3n), 100n, 106n],
  ]),
  ...register('sh2add.uw', [
    ['zero-extends before it shifts', -1n, 3n, 0x3_ffff_ffffn],
    ['ignores the high word', above(3n), 100n, 112n],
  ]),
  ...register('sh3add.uw', [
    ['zero-extends before it shifts', -1n, 7n, 0x7_ffff_ffffn],
    ['ignores the high word', above(3n), 100n, 124n],
  ]),
  ...immediate('slli.uw', [
    ['by 0 zero-extends', -1n, 0n, 0xffff_ffffn],
    ['by 4', above(0x8000_0001n), 4n, 0x8_0000_0010n],
    ['by 63', -1n, 63n, least],
  ]),
]

const rotations: readonly Case[] = [
  ['by 0', pattern, 0n, pattern],
  ['by 4', pattern, 4n, 0x1234_5678_9abc_def0n],
  ['by 63', pattern, 63n, -0x7f6e_5d4c_3b2a_1909n],
]
const rotationsRight: readonly Case[] = [
  ['by 0', pattern, 0n, pattern],
  ['by 4', pattern, 4n, -0x0fed_cba9_8765_4322n],
  ['by 63', pattern, 63n, 0x0246_8acf_1357_9bden],
]
const rotationsRightWord: readonly Case[] = [
  ['by 0 sign-extends', above(0x8000_0001n), 0n, -0x7fff_ffffn],
  ['by 1 takes the lowest bit, none from above', above(1n), 1n, least32],
  ['by 31', above(0x4000_0000n), 31n, least32],
  ['by 8', above(0x1234_5678n), 8n, 0x7812_3456n],
]
const over = (cases: readonly Case[], bits: bigint): Case[] =>
  cases.map(([name, a, b, result]) => [`${name}, amount with higher bits set`, a, b | (-1n << bits), result])

/** Basic bit manipulation. */
const zbbVectors: readonly Vector[] = [
  ...register('andn', [
    ['clears', -1n, 0xff00n, -0xff01n],
    ['of equals', pattern, pattern, 0n],
  ]),
  ...register('orn', [
    ['sets', 0n, 0xff00n, -0xff01n],
    ['of equals', pattern, pattern, -1n],
  ]),
  ...register('xnor', [
    ['of equals', pattern, pattern, -1n],
    ['of complements', pattern, ~pattern, 0n],
    ['with zero', pattern, 0n, ~pattern],
  ]),
  ...unary('clz', [
    ['of zero', 0n, 64n],
    ['of one', 1n, 63n],
    ['of the highest bit', least, 0n],
    ['of the low word', 0xffff_ffffn, 32n],
    ['of the high word', 0x1_0000_0000n, 31n],
  ]),
  ...unary('ctz', [
    ['of zero', 0n, 64n],
    ['of one', 1n, 0n],
    ['of the highest bit', least, 63n],
    ['of the high word', 0x1_0000_0000n, 32n],
    ['of all ones', -1n, 0n],
  ]),
  ...unary('cpop', [
    ['of zero', 0n, 0n],
    ['of all ones', -1n, 64n],
    ['of a pattern', pattern, 32n],
    ['of the highest bit', least, 1n],
  ]),
  ...unary('clzw', [
    ['of zero in the low word', above(0n), 32n],
    ['of the highest bit', above(0x8000_0000n), 0n],
    ['of one', above(1n), 31n],
  ]),
  ...unary('ctzw', [
    ['of zero in the low word', above(0n), 32n],
    ['of the highest bit', above(0x8000_0000n), 31n],
    ['of one', above(1n), 0n],
  ]),
  ...unary('cpopw', [
    ['of zero in the low word', above(0n), 0n],
    ['of all ones', -1n, 32n],
  ]),
  ...register('max', [
    ['of a negative', -1n, 1n, 1n],
    ['of the extremes', most, least, most],
    ['of equals', 5n, 5n, 5n],
  ]),
  ...register('maxu', [
    ['of the greatest', -1n, 1n, -1n],
    ['of the extremes', most, least, least],
  ]),
  ...register('min', [
    ['of a negative', -1n, 1n, -1n],
    ['of the extremes', most, least, least],
  ]),
  ...register('minu', [
    ['of the greatest', -1n, 1n, 1n],
    ['of the extremes', most, least, most],
  ]),
  ...unary('sext.b', [
    ['negative', pattern, -0x11n],
    ['positive', -0x81n, 0x7fn],
  ]),
  ...unary('sext.h', [
    ['negative', pattern, -0x3211n],
    ['positive', -0x8001n, 0x7fffn],
  ]),
  ...unary('zext.h', [
    ['clears what is above', pattern, 0xcdefn],
    ['of all ones', -1n, 0xffffn],
  ]),
  ...register('rol', [...rotations, ...over(rotations, 6n)]),
  ...register('ror', [...rotationsRight, ...over(rotationsRight, 6n)]),
  ...immediate('rori', rotationsRight),
  ...register('rolw', [
    ['by 0 sign-extends', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['by 1 takes the highest bit, none from above', above(0x8000_0000n), 1n, 1n],
    ['by 31', above(1n), 31n, least32],
    ['by 8', above(0x1234_5678n), 8n, 0x3456_7812n],
    ['by 8, amount with higher bits set', above(0x1234_5678n), 0xe8n, 0x3456_7812n],
  ]),
  ...register('rorw', [...rotationsRightWord, ...over(rotationsRightWord, 5n)]),
  ...immediate('roriw', rotationsRightWord),
  ...unary('orc.b', [
    ['of zero', 0n, 0n],
    ['of one bit in every byte', 0x8040_2010_0804_0201n, -1n],
    ['of single bytes', 0x0100_0000_8000_0010n, -0x00ff_ffff_00ff_ff01n],
    ['of full bytes beside empty ones', 0xff00_ff00_ff00_ff00n, 0xff00_ff00_ff00_ff00n],
  ]),
  ...unary('rev8', [
    ['reverses', pattern, 0xefcd_ab89_6745_2301n],
    ['of the lowest byte', 0xffn, 0xff00_0000_0000_0000n],
  ]),
]

/** Carry-less multiplication. */
const zbcVectors: readonly Vector[] = [
  ...register('clmul', [
    ['has no carries', 3n, 3n, 5n],
    ['by zero', pattern, 0n, 0n],
    ['by one', pattern, 1n, pattern],
    ['of the greatest', -1n, -1n, 0x5555_5555_5555_5555n],
    ['by the highest bit', 3n, least, least],
  ]),
  ...register('clmulh', [
    ['of small numbers', 3n, 3n, 0n],
    ['of the highest bits', least, least, 0x4000_0000_0000_0000n],
    ['by one', -1n, 1n, 0n],
    ['by two', least, 2n, 1n],
    ['of the greatest', -1n, -1n, 0x5555_5555_5555_5555n],
  ]),
  ...register('clmulr', [
    ['of small numbers', 3n, 3n, 0n],
    ['of the highest bits', least, least, least],
    ['by one', least, 1n, 1n],
    ['of the greatest', -1n, -1n, 0xaaaa_aaaa_aaaa_aaaan],
  ]),
]

const clears: readonly Case[] = [
  ['the lowest', -1n, 0n, -2n],
  ['the highest', -1n, 63n, most],
  ['one that is clear', 0n, 5n, 0n],
]
const extracts: readonly Case[] = [
  ['the lowest', 1n, 0n, 1n],
  ['the highest', least, 63n, 1n],
  ['one that is clear', ~(1n << 33n), 33n, 0n],
]
const inverts: readonly Case[] = [
  ['the lowest', 1n, 0n, 0n],
  ['the highest', 0n, 63n, least],
  ['one in the middle', 0n, 32n, 0x1_0000_0000n],
]
const sets: readonly Case[] = [
  ['the lowest', 0n, 0n, 1n],
  ['the highest', 0n, 63n, least],
  ['one that is set', -1n, 31n, -1n],
]

/** Single bits. */
const zbsVectors: readonly Vector[] = [
  ...register('bclr', [...clears, ...over(clears, 6n)]),
  ...immediate('bclri', clears),
  ...register('bext', [...extracts, ...over(extracts, 6n)]),
  ...immediate('bexti', extracts),
  ...register('binv', [...inverts, ...over(inverts, 6n)]),
  ...immediate('binvi', inverts),
  ...register('bset', [...sets, ...over(sets, 6n)]),
  ...immediate('bseti', sets),
]

/** Conditional operations. */
const zicondVectors: readonly Vector[] = [
  ...register('czero.eqz', [
    ['of a condition that holds', 7n, 1n, 7n],
    ['of zero', 7n, 0n, 0n],
    ['of the highest bit alone', -1n, least, -1n],
  ]),
  ...register('czero.nez', [
    ['of zero', 7n, 0n, 7n],
    ['of a condition that holds', 7n, 1n, 0n],
    ['of the highest bit alone', -1n, least, 0n],
  ]),
]

/** Zba, Zbb, Zbc, Zbs and Zicond. */
export const bitManipulationVectors: readonly Vector[] = [
  ...zbaVectors,
  ...zbbVectors,
  ...zbcVectors,
  ...zbsVectors,
  ...zicondVectors,
]
