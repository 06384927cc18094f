import { type Vector, vector } from '../vector.ts'
import { DZ, double, frm, modes, type Numbers, NV, NX, OF, single, UF } from './numbers.ts'

/** Operands, the result, and the flags that it raises. */
type Case = readonly [name: string, operands: readonly bigint[], result: bigint, flags?: number]
/** A result in each of the five modes, in their order. */
type Rounding = readonly [
  name: string,
  operands: readonly bigint[],
  results: readonly bigint[],
  flags: number,
]

const sources = ['fa1', 'fa2', 'fa3']
const operandsIn = (operands: readonly bigint[]) =>
  Object.fromEntries(operands.map((value, i) => [sources[i]!, value]))
const named = (operands: readonly bigint[]) => operands.map((_, i) => sources[i]!).join(',')

/** Results in a floating-point register. */
const computes = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.map(([name, operands, fa0, flags = 0]) =>
    vector(instruction, name, `${instruction} fa0,${named(operands)}`, {
      floats: operandsIn(operands),
      expect: { floats: { fa0 }, fcsr: flags },
    }),
  )

/** The same in all modes: said by the instruction, where `frm` says another, and by `frm`. */
const rounds = (instruction: string, cases: readonly Rounding[]): Vector[] =>
  cases.flatMap(([name, operands, results, flags]) =>
    modes.flatMap((mode, i) => {
      const other = frm[modes[(i + 1) % 5]!]
      const floats = operandsIn(operands)
      const expected = (fcsr: number) => ({ floats: { fa0: results[i]! }, fcsr: fcsr | flags })
      return [
        vector(instruction, `${name}, ${mode}`, `${instruction} fa0,${named(operands)},${mode}`, {
          floats,
          fcsr: other,
          expect: expected(other),
        }),
        vector(instruction, `${name}, ${mode} in frm`, `${instruction} fa0,${named(operands)}`, {
          floats,
          fcsr: frm[mode],
          expect: expected(frm[mode]),
        }),
      ]
    }),
  )

/** Results in an integer register: FS becomes dirty by flags only. */
const compares = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.map(([name, operands, a0, flags = 0]) =>
    vector(instruction, name, `${instruction} a0,${named(operands)}`, {
      floats: operandsIn(operands),
      expect: { registers: { a0 }, fcsr: flags },
    }),
  )

const fused = (n: Numbers): Vector[] => {
  const { suffix, one, nan, infinity, zero, negate, of } = n
  const minusZero = negate(zero)
  const minusOne = negate(one)
  return [
    ...computes(`fmadd.${suffix}`, [
      ['exact', [of(2), of(3), one], of(7)],
      ['rounds once', [n.onePlus, n.onePlus, negate(n.next(n.onePlus))], n.power(-2 * n.fraction)],
      ['cancels to plus zero', [one, one, minusOne], zero],
      ['minus zero of two minus zeros', [minusOne, zero, minusZero], minusZero],
      ['infinity minus infinity', [infinity, one, negate(infinity)], nan, NV],
      ['infinity times zero', [infinity, zero, one], nan, NV],
      ['infinity times zero, and a quiet NaN', [infinity, zero, n.payload], nan, NV],
      ['a quiet NaN', [one, n.payload, one], nan],
      ['a signaling NaN to add', [one, one, n.signaling], nan, NV],
      ['a product that overflows alone', [n.greatest, of(2), negate(n.greatest)], n.greatest],
      ['a subnormal result', [n.leastNormal, of(0.5), n.leastSubnormal], n.next(n.halfLeastNormal)],
    ]),
    ...rounds(`fmadd.${suffix}`, [
      ['half a unit', [one, one, n.power(-n.fraction - 1)], [one, one, one, n.onePlus, n.onePlus], NX],
      [
        'overflow',
        [n.greatest, of(2), n.greatest],
        [infinity, n.greatest, n.greatest, infinity, infinity],
        OF | NX,
      ],
    ]),
    ...computes(`fmsub.${suffix}`, [
      ['exact', [of(2), of(3), one], of(5)],
      ['infinity minus infinity', [infinity, one, infinity], nan, NV],
    ]),
    ...rounds(`fmsub.${suffix}`, [['zero', [one, one, one], [zero, zero, minusZero, zero, zero], 0]]),
    ...computes(`fnmsub.${suffix}`, [
      ['exact', [of(2), of(3), one], of(-5)],
      ['cancels to plus zero', [one, one, one], zero],
      ['infinity minus infinity', [infinity, one, infinity], nan, NV],
    ]),
    ...rounds(`fnmsub.${suffix}`, [
      [
        'half a unit above minus one',
        [one, one, n.power(-n.fraction - 2)],
        [minusOne, negate(n.oneMinus), minusOne, negate(n.oneMinus), minusOne],
        NX,
      ],
    ]),
    ...computes(`fnmadd.${suffix}`, [
      ['exact', [of(2), of(3), one], of(-7)],
      ['minus zero of zeros', [one, zero, zero], minusZero],
      ['a signaling NaN', [n.signaling, one, one], nan, NV],
    ]),
    ...rounds(`fnmadd.${suffix}`, [
      [
        'half a unit',
        [one, one, n.power(-n.fraction - 1)],
        [minusOne, minusOne, negate(n.onePlus), minusOne, negate(n.onePlus)],
        NX,
      ],
    ]),
  ]
}

const sums = (n: Numbers): Vector[] => {
  const { suffix, one, nan, infinity, zero, negate, of } = n
  const minusOne = negate(one)
  const halfUnit = n.power(-n.fraction - 1)
  return [
    ...computes(`fadd.${suffix}`, [
      ['exact', [one, of(2)], of(3)],
      ['exact among subnormals', [n.leastSubnormal, n.leastSubnormal], n.next(n.leastSubnormal)],
      ['from subnormal to normal', [n.greatestSubnormal, n.leastSubnormal], n.leastNormal],
      ['ties to even, upwards', [n.onePlus, halfUnit], n.next(n.onePlus), NX],
      ['infinity', [infinity, minusOne], infinity],
      ['infinity minus infinity', [infinity, negate(infinity)], nan, NV],
      ['a quiet NaN becomes the canonical one', [n.payload, one], nan],
      ['a signaling NaN', [one, n.signaling], nan, NV],
      ['minus zeros', [negate(zero), negate(zero)], negate(zero)],
    ]),
    ...rounds(`fadd.${suffix}`, [
      ['half a unit', [one, halfUnit], [one, one, one, n.onePlus, n.onePlus], NX],
      [
        'half a unit below zero',
        [minusOne, negate(halfUnit)],
        [minusOne, minusOne, negate(n.onePlus), minusOne, negate(n.onePlus)],
        NX,
      ],
      ['to zero', [one, minusOne], [zero, zero, negate(zero), zero, zero], 0],
      ['overflow', [n.greatest, n.greatest], [infinity, n.greatest, n.greatest, infinity, infinity], OF | NX],
      [
        'negative overflow',
        [negate(n.greatest), negate(n.greatest)],
        [infinity, n.greatest, infinity, n.greatest, infinity].map(negate),
        OF | NX,
      ],
    ]),
    vector(`fadd.${suffix}`, 'adds to the flags that are there', `fadd.${suffix} fa0,fa1,fa1`, {
      floats: { fa1: n.signaling },
      fcsr: DZ,
      expect: { floats: { fa0: nan }, fcsr: DZ | NV },
    }),
    vector(`fadd.${suffix}`, 'rd is a source', `fadd.${suffix} fa1,fa1,fa1`, {
      floats: { fa1: one },
      expect: { floats: { fa1: of(2) } },
    }),
    vector(`fadd.${suffix}`, 'f0 is a register as any', `fadd.${suffix} ft0,ft0,ft1`, {
      floats: { ft0: one, ft1: one },
      expect: { floats: { ft0: of(2) } },
    }),
    ...computes(`fsub.${suffix}`, [
      ['exact', [of(3), one], of(2)],
      ['zeros of different signs', [negate(zero), zero], negate(zero)],
      ['infinity minus infinity', [infinity, infinity], nan, NV],
      ['a signaling NaN', [n.signaling, one], nan, NV],
    ]),
    ...rounds(`fsub.${suffix}`, [
      ['half a unit', [one, n.power(-n.fraction - 2)], [one, n.oneMinus, n.oneMinus, one, one], NX],
      ['to zero', [one, one], [zero, zero, negate(zero), zero, zero], 0],
    ]),
  ]
}

const products = (n: Numbers): Vector[] => {
  const { suffix, one, nan, infinity, zero, negate, of } = n
  const third = suffix === 's' ? 0xffff_ffff_3eaa_aaaan : 0x3fd5_5555_5555_5555n
  const root = suffix === 's' ? 0xffff_ffff_3fb5_04f3n : 0x3ff6_a09e_667f_3bccn
  return [
    ...computes(`fmul.${suffix}`, [
      ['exact', [of(-2), of(3)], of(-6)],
      ['an exact subnormal raises nothing', [n.leastNormal, of(0.5)], n.halfLeastNormal],
      ['minus zero', [zero, negate(one)], negate(zero)],
      ['infinity times zero', [infinity, zero], nan, NV],
      ['a quiet NaN times zero', [n.payload, zero], nan],
      ['a signaling NaN', [n.signaling, one], nan, NV],
      ['not tiny after rounding', [n.greatestSubnormal, n.onePlus], n.leastNormal, NX],
      ['tiny before the exponent is bounded', [n.leastNormal, n.oneMinus], n.leastNormal, UF | NX],
    ]),
    ...rounds(`fmul.${suffix}`, [
      [
        'a product of too many bits',
        [n.onePlus, n.onePlus],
        [2n, 2n, 2n, 3n, 2n].map((steps) => n.next(one, steps)),
        NX,
      ],
      [
        'underflow',
        [n.leastSubnormal, of(0.5)],
        [zero, zero, zero, n.leastSubnormal, n.leastSubnormal],
        UF | NX,
      ],
      [
        'overflow',
        [n.greatest, of(-2)],
        [infinity, n.greatest, infinity, n.greatest, infinity].map(negate),
        OF | NX,
      ],
    ]),
    ...computes(`fdiv.${suffix}`, [
      ['exact', [of(3), of(2)], of(1.5)],
      ['by zero', [one, zero], infinity, DZ],
      ['by minus zero', [one, negate(zero)], negate(infinity), DZ],
      ['zero by zero', [zero, zero], nan, NV],
      ['infinity by zero', [infinity, zero], infinity],
      ['infinity by infinity', [infinity, infinity], nan, NV],
      ['by infinity', [negate(one), infinity], negate(zero)],
      ['a quiet NaN by zero', [n.payload, zero], nan],
      ['a signaling NaN', [one, n.signaling], nan, NV],
      ['subnormal, exact', [n.leastNormal, of(2)], n.halfLeastNormal],
    ]),
    ...rounds(`fdiv.${suffix}`, [
      [
        'a third',
        [one, of(3)],
        (suffix === 's' ? [1n, 0n, 0n, 1n, 1n] : [0n, 0n, 0n, 1n, 0n]).map((by) => third + by),
        NX,
      ],
    ]),
    ...computes(`fsqrt.${suffix}`, [
      ['exact', [of(4)], of(2)],
      ['of minus zero', [negate(zero)], negate(zero)],
      ['of infinity', [infinity], infinity],
      ['of a negative number', [negate(one)], nan, NV],
      ['of minus infinity', [negate(infinity)], nan, NV],
      ['of a quiet NaN', [n.payload], nan],
      ['of a signaling NaN', [n.signaling], nan, NV],
      suffix === 's'
        ? ['of a subnormal number', [n.next(zero, 2n)], n.power(-74)]
        : ['of a subnormal number', [n.leastSubnormal], n.power(-537)],
    ]),
    ...rounds(`fsqrt.${suffix}`, [
      [
        'of two',
        [of(2)],
        (suffix === 's' ? [0n, 0n, 0n, 1n, 0n] : [1n, 0n, 0n, 1n, 1n]).map((by) => root + by),
        NX,
      ],
    ]),
  ]
}

const injections = ({ suffix, one, nan, signaling, zero, negate, of }: Numbers): Vector[] => [
  ...computes(`fsgnj.${suffix}`, [
    ['takes the sign', [one, of(-2)], negate(one)],
    ['of a signaling NaN', [signaling, negate(zero)], negate(signaling)],
    ['from the same register', [negate(one), negate(one)], negate(one)],
  ]),
  ...computes(`fsgnjn.${suffix}`, [
    ['takes the opposite', [one, of(-2)], one],
    ['of zero', [zero, zero], negate(zero)],
  ]),
  ...computes(`fsgnjx.${suffix}`, [
    ['of two minuses', [negate(one), of(-2)], one],
    ['of different signs', [negate(one), nan], negate(one)],
  ]),
]

const comparisons = (n: Numbers): Vector[] => {
  const { suffix, one, nan, infinity, zero, negate, of, signaling } = n
  const ordered: readonly (readonly [name: string, a: bigint, b: bigint, equal: bigint, less: bigint])[] = [
    ['equal', one, one, 1n, 0n],
    ['zeros of different signs', negate(zero), zero, 1n, 0n],
    ['less', one, of(2), 0n, 1n],
    ['greater', of(2), one, 0n, 0n],
    ['of different signs', negate(one), one, 0n, 1n],
    ['both negative', of(-2), of(-1), 0n, 1n],
    ['subnormal', n.leastSubnormal, n.greatestSubnormal, 0n, 1n],
    ['infinite', negate(infinity), infinity, 0n, 1n],
  ]
  const unordered = (quiet: number): Case[] => [
    ['a quiet NaN', [one, n.payload], 0n, quiet],
    ['two quiet NaNs', [nan, nan], 0n, quiet],
    ['a signaling NaN', [signaling, one], 0n, NV],
  ]
  return [
    ...(['min', 'max'] as const).flatMap((which) =>
      computes(`f${which}.${suffix}`, [
        ['less', [one, of(2)], which === 'min' ? one : of(2)],
        ['greater', [of(2), one], which === 'min' ? one : of(2)],
        ['negative', [of(-2), of(-1)], which === 'min' ? of(-2) : of(-1)],
        ['zeros', [zero, negate(zero)], which === 'min' ? negate(zero) : zero],
        ['zeros, minus first', [negate(zero), zero], which === 'min' ? negate(zero) : zero],
        ['a quiet NaN and a number', [n.payload, one], one],
        ['a number and a quiet NaN', [one, nan], one],
        ['a signaling NaN and a number', [signaling, one], one, NV],
        ['a number and a signaling NaN', [one, signaling], one, NV],
        ['two quiet NaNs', [n.payload, n.payload], nan],
        ['a quiet and a signaling NaN', [nan, signaling], nan, NV],
        ['infinities', [infinity, negate(infinity)], which === 'min' ? negate(infinity) : infinity],
      ]),
    ),
    ...compares(`feq.${suffix}`, [
      ...ordered.map(([name, a, b, equal]): Case => [name, [a, b], equal]),
      ...unordered(0),
    ]),
    ...compares(`flt.${suffix}`, [
      ...ordered.map(([name, a, b, , less]): Case => [name, [a, b], less]),
      ...unordered(NV),
    ]),
    ...compares(`fle.${suffix}`, [
      ...ordered.map(([name, a, b, equal, less]): Case => [name, [a, b], equal | less]),
      ...unordered(NV),
    ]),
    ...compares(`fclass.${suffix}`, [
      ['minus infinity', [negate(infinity)], 1n << 0n],
      ['a negative normal number', [negate(n.leastNormal)], 1n << 1n],
      ['a negative subnormal number', [negate(n.greatestSubnormal)], 1n << 2n],
      ['minus zero', [negate(zero)], 1n << 3n],
      ['plus zero', [zero], 1n << 4n],
      ['a positive subnormal number', [n.leastSubnormal], 1n << 5n],
      ['a positive normal number', [n.greatest], 1n << 6n],
      ['plus infinity', [infinity], 1n << 7n],
      ['a signaling NaN', [negate(signaling)], 1n << 8n],
      ['a quiet NaN', [n.payload], 1n << 9n],
    ]),
  ]
}

/** Singles in registers whose upper half is not all ones count as the canonical NaN. */
const unboxed = ({ one, nan, negate, of }: Numbers): Vector[] => {
  const bare = one & 0xffff_ffffn
  const almost = 0xffff_fffe_0000_0000n | bare
  return [
    ...computes('fadd.s', [
      ['an operand that is not boxed', [bare, one], nan],
      ['an operand that is almost boxed', [one, almost], nan],
    ]),
    ...computes('fmadd.s', [['an operand that is not boxed', [one, one, bare], nan]]),
    ...computes('fsqrt.s', [['an operand that is not boxed', [bare], nan]]),
    ...computes('fsgnj.s', [
      ['an operand that is not boxed', [bare, of(-1)], negate(nan)],
      ['a sign that is not boxed', [of(-1), 0n], one],
    ]),
    ...computes('fmin.s', [['an operand that is not boxed', [bare, of(2)], of(2)]]),
    ...compares('feq.s', [['an operand that is not boxed', [bare, bare], 0n]]),
    ...compares('flt.s', [['an operand that is not boxed', [bare, of(2)], 0n, NV]]),
    ...compares('fclass.s', [['an operand that is not boxed', [bare], 1n << 9n]]),
  ]
}

/** Arithmetic, comparisons and sign injection. */
export const floatArithmeticVectors: readonly Vector[] = [
  ...[single, double].flatMap((n) => [
    ...fused(n),
    ...sums(n),
    ...products(n),
    ...injections(n),
    ...comparisons(n),
  ]),
  ...unboxed(single),
]
