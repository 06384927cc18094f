import { type Vector, vector } from './vector.ts'

/** Operands and result. */
export type Case = readonly [name: string, a: bigint, b: bigint, result: bigint]

/** Cases of an instruction with two source registers. */
export const register = (instruction: string, cases: readonly Case[]): Vector[] => [
  ...cases.map(([name, a1, a2, a0]) =>
    vector(instruction, name, `${instruction} a0,a1,a2`, {
      registers: { a1, a2 },
      expect: { registers: { a0 } },
    }),
  ),
  // The first case again, with the destination one of the sources, and thrown away.
  ...cases.slice(0, 1).flatMap(([, a1, a2, result]) => [
    vector(instruction, 'rd is rs1', `${instruction} a1,a1,a2`, {
      registers: { a1, a2 },
      expect: { registers: { a1: result } },
    }),
    vector(instruction, 'rd is rs2', `${instruction} a2,a1,a2`, {
      registers: { a1, a2 },
      expect: { registers: { a2: result } },
    }),
    vector(instruction, 'rd is x0', `${instruction} zero,a1,a2`, { registers: { a1, a2 } }),
  ]),
]

/** Cases of an instruction with a source register and an immediate. */
export const immediate = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.flatMap(([name, a1, operand, a0], i) => [
    vector(instruction, name, `${instruction} a0,a1,${operand}`, {
      registers: { a1 },
      expect: { registers: { a0 } },
    }),
    ...(i > 0
      ? []
      : [
          vector(instruction, 'rd is rs1', `${instruction} a1,a1,${operand}`, {
            registers: { a1 },
            expect: { registers: { a1: a0 } },
          }),
          vector(instruction, 'rd is x0', `${instruction} zero,a1,${operand}`, { registers: { a1 } }),
        ]),
  ])

const most = 0x7fff_ffff_ffff_ffffn
const least = -0x8000_0000_0000_0000n
const least32 = -0x8000_0000n
/** A word with something above it that the 32-bit instructions must not see. */
const above = (low: bigint) => (0x1234_5678n << 32n) | (low & 0xffff_ffffn)
const pattern = 0x0123_4567_89ab_cdefn

const shifts = {
  left: [
    ['by 0', pattern, 0n, pattern],
    ['by 4', pattern, 4n, 0x1234_5678_9abc_def0n],
    ['by 63', pattern, 63n, least],
  ],
  logical: [
    ['by 0', least, 0n, least],
    ['by 4', -1n, 4n, 0x0fff_ffff_ffff_ffffn],
    ['by 63', least, 63n, 1n],
  ],
  arithmetic: [
    ['by 0', least, 0n, least],
    ['by 4, negative', least, 4n, -0x0800_0000_0000_0000n],
    ['by 4, positive', most, 4n, 0x07ff_ffff_ffff_ffffn],
    ['by 63', least, 63n, -1n],
  ],
  leftWord: [
    ['by 0 sign-extends', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['by 31', above(1n), 31n, least32],
    ['by 4', above(0x0765_4321n), 4n, 0x7654_3210n],
  ],
  logicalWord: [
    ['by 0 sign-extends', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['by 1 takes no bit from above', above(0x8000_0000n), 1n, 0x4000_0000n],
    ['by 31', above(0x8000_0000n), 31n, 1n],
  ],
  arithmeticWord: [
    ['by 0 sign-extends', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['by 1, negative', above(0x8000_0000n), 1n, -0x4000_0000n],
    ['by 1, positive', -0x8000_0002n, 1n, 0x3fff_ffffn],
    ['by 31', above(0x8000_0000n), 31n, -1n],
  ],
} satisfies Record<string, readonly Case[]>

const over = (cases: readonly Case[], bits: bigint): Case[] =>
  cases.map(([name, a, b, result]) => [`${name}, amount with higher bits set`, a, b | (-1n << bits), result])

const lessSigned: readonly Case[] = [
  ['less', -1n, 0n, 1n],
  ['equal', 5n, 5n, 0n],
  ['greater', 0n, -1n, 0n],
]
const lessUnsigned: readonly Case[] = [
  ['less', 0n, -1n, 1n],
  ['equal', 5n, 5n, 0n],
  ['greater', -1n, 0n, 0n],
]

/** Integer computation of RV64I. */
export const computationVectors: readonly Vector[] = [
  ...immediate('addi', [
    ['adds', 1n, 2n, 3n],
    ['wraps to negative', most, 1n, least],
    ['wraps to zero', -1n, 1n, 0n],
    ['sign-extends', 0n, -2048n, -2048n],
    ['greatest', 1n, 2047n, 2048n],
  ]),
  ...immediate('slti', [...lessSigned, ['compares signed', least, 2047n, 1n]]),
  ...immediate('sltiu', [
    ['sign-extends, then compares unsigned', 2047n, -1n, 1n],
    ['zero is less than 1', 0n, 1n, 1n],
    ['greater', -1n, 2047n, 0n],
    ['equal', -1n, -1n, 0n],
  ]),
  ...immediate('xori', [
    ['flips', pattern, 0x0ffn, 0x0123_4567_89ab_cd10n],
    ['complements', pattern, -1n, ~pattern],
  ]),
  ...immediate('ori', [
    ['sets', pattern, 0x700n, 0x0123_4567_89ab_cfefn],
    ['sign-extends', pattern, -2048n, -529n],
  ]),
  ...immediate('andi', [
    ['masks', pattern, 0x0f0n, 0x0e0n],
    ['sign-extends', pattern, -16n, 0x0123_4567_89ab_cde0n],
  ]),
  ...immediate('slli', shifts.left),
  ...immediate('srli', shifts.logical),
  ...immediate('srai', shifts.arithmetic),
  ...register('add', [
    ['adds', 1n, 2n, 3n],
    ['wraps to negative', most, 1n, least],
    ['wraps to positive', least, -1n, most],
  ]),
  ...register('sub', [
    ['subtracts', 1n, 2n, -1n],
    ['wraps to positive', least, 1n, most],
    ['of equals', pattern, pattern, 0n],
  ]),
  ...register('sll', [...shifts.left, ...over(shifts.left, 6n)]),
  ...register('slt', [...lessSigned, ['extremes', least, most, 1n]]),
  ...register('sltu', [...lessUnsigned, ['extremes', most, least, 1n]]),
  ...register('xor', [['flips', pattern, -0x100n, -0x0123_4567_89ab_cd11n]]),
  ...register('srl', [...shifts.logical, ...over(shifts.logical, 6n)]),
  ...register('sra', [...shifts.arithmetic, ...over(shifts.arithmetic, 6n)]),
  ...register('or', [['sets', pattern, 0xff00_0000_0000_0000n, 0xff23_4567_89ab_cdefn]]),
  ...register('and', [['masks', pattern, 0xff00_ff00_ff00_ff00n, 0x0100_4500_8900_cd00n]]),

  ...immediate('addiw', [
    ['adds', 1n, 2n, 3n],
    ['wraps at 32 bits', 0x7fff_ffffn, 1n, least32],
    ['ignores the high word', above(5n), -6n, -1n],
    ['by 0 sign-extends', above(0x8000_0000n), 0n, least32],
  ]),
  ...immediate('slliw', shifts.leftWord),
  ...immediate('srliw', shifts.logicalWord),
  ...immediate('sraiw', shifts.arithmeticWord),
  ...register('addw', [
    ['wraps negative', 0x7fff_ffffn, 1n, least32],
    ['ignores the high word', -0xffff_ffffn, 1n, 2n],
    ['wraps positive', least32, -1n, 0x7fff_ffffn],
  ]),
  ...register('subw', [
    ['wraps positive', least32, 1n, 0x7fff_ffffn],
    ['ignores the high word', above(0n), 1n, -1n],
  ]),
  ...register('sllw', [...shifts.leftWord, ...over(shifts.leftWord, 5n)]),
  ...register('srlw', [...shifts.logicalWord, ...over(shifts.logicalWord, 5n)]),
  ...register('sraw', [...shifts.arithmeticWord, ...over(shifts.arithmeticWord, 5n)]),

  vector('lui', 'positive', 'lui a0,0x12345', { expect: { registers: { a0: 0x1234_5000n } } }),
  vector('lui', 'sign-extends', 'lui a0,0x80000', { expect: { registers: { a0: least32 } } }),
  vector('lui', 'rd is x0', 'lui zero,0x80000'),
  vector('auipc', 'adds to pc', 'auipc a0,0x1', { expect: { registers: { a0: 0x8000_2000n } } }),
  vector('auipc', 'goes back', 'auipc a0,0x80000', { expect: { registers: { a0: 0x1000n } } }),
]

const high32 = 0xffff_ffffn
/** Multiplication and division. */
export const multiplicationVectors: readonly Vector[] = [
  ...register('mul', [
    ['multiplies', 7n, -3n, -21n],
    ['keeps the low half', least, 2n, 0n],
    ['of the greatest', -1n, -1n, 1n],
  ]),
  ...register('mulh', [
    ['of small numbers', 7n, 3n, 0n],
    ['of a negative product', 7n, -3n, -1n],
    ['of the least', least, least, 0x4000_0000_0000_0000n],
    ['of the least and -1', least, -1n, 0n],
    ['of the greatest', most, most, 0x3fff_ffff_ffff_ffffn],
  ]),
  ...register('mulhsu', [
    ['of a signed by an unsigned', -1n, -1n, -1n],
    ['of a positive by the greatest', 1n, -1n, 0n],
    ['of the least', least, least, -0x4000_0000_0000_0000n],
    ['of 2 by a half', 2n, least, 1n],
  ]),
  ...register('mulhu', [
    ['of the greatest', -1n, -1n, -2n],
    ['of the halves', least, least, 0x4000_0000_0000_0000n],
    ['by 1', -1n, 1n, 0n],
  ]),
  ...register('div', [
    ['rounds towards zero', -7n, 2n, -3n],
    ['by zero', 7n, 0n, -1n],
    ['of zero by zero', 0n, 0n, -1n],
    ['overflows', least, -1n, least],
    ['of the least', least, 1n, least],
    ['of a negative by a negative', -7n, -2n, 3n],
  ]),
  ...register('divu', [
    ['divides', -1n, 16n, 0x0fff_ffff_ffff_ffffn],
    ['by zero', 7n, 0n, -1n],
    ['of the least by -1', least, -1n, 0n],
  ]),
  ...register('rem', [
    ['has the sign of the dividend', -7n, 2n, -1n],
    ['of a positive by a negative', 7n, -2n, 1n],
    ['by zero', -7n, 0n, -7n],
    ['overflows', least, -1n, 0n],
  ]),
  ...register('remu', [
    ['divides', -1n, 16n, 15n],
    ['by zero', -7n, 0n, -7n],
    ['of the least by -1', least, -1n, least],
  ]),
  ...register('mulw', [
    ['ignores the high words', above(7n), above(-3n), -21n],
    ['sign-extends', 0x1_0001n, 0x7fffn, 0x7fff_7fffn],
    ['wraps', 0x7fff_ffffn, 2n, -2n],
  ]),
  ...register('divw', [
    ['rounds towards zero', above(-7n), above(2n), -3n],
    ['by zero in the low word', 7n, above(0n), -1n],
    ['overflows', above(least32), above(-1n), least32],
  ]),
  ...register('divuw', [
    ['divides unsigned', above(-1n), 16n, 0x0fff_ffffn],
    ['sign-extends the quotient', above(-1n), 1n, -1n],
    ['by zero in the low word', 7n, above(0n), -1n],
  ]),
  ...register('remw', [
    ['has the sign of the dividend', above(-7n), 2n, -1n],
    ['by zero gives the low word', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['overflows', least32, high32, 0n],
  ]),
  ...register('remuw', [
    ['divides unsigned', above(-1n), 16n, 15n],
    ['by zero gives the low word, sign-extended', above(0x8000_0001n), 0n, -0x7fff_ffffn],
    ['sign-extends the remainder', above(-2n), -1n, -2n],
  ]),
]
