import { type Vector, vector } from '../vector.ts'
import { double, frm, modes, type Numbers, NV, NX, OF, single, UF } from './numbers.ts'

/** One operand, the result, and the flags that it raises; rounded to nearest, or as said. */
type Case = readonly [
  name: string,
  operand: bigint,
  result: bigint,
  flags?: number,
  mode?: (typeof modes)[number],
]

const toInteger = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.map(([name, fa1, a0, flags = 0, mode = 'rne']) =>
    vector(instruction, name, `${instruction} a0,fa1,${mode}`, {
      floats: { fa1 },
      expect: { registers: { a0 }, fcsr: flags },
    }),
  )

const fromInteger = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.map(([name, a1, fa0, flags = 0, mode = 'rne']) =>
    vector(instruction, name, `${instruction} fa0,a1,${mode}`, {
      registers: { a1 },
      expect: { floats: { fa0 }, fcsr: flags },
    }),
  )

const between = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.map(([name, fa1, fa0, flags = 0, mode = 'rne']) =>
    vector(instruction, name, `${instruction} fa0,fa1,${mode}`, {
      floats: { fa1 },
      expect: { floats: { fa0 }, fcsr: flags },
    }),
  )

/** A fraction in every mode, said by the instruction and by `frm`. */
const fraction = (instruction: string, n: Numbers, value: number, results: readonly bigint[]): Vector[] =>
  modes.flatMap((mode, i) => [
    vector(instruction, `${value}, ${mode}`, `${instruction} a0,fa1,${mode}`, {
      floats: { fa1: n.of(value) },
      expect: { registers: { a0: results[i]! }, fcsr: NX },
    }),
    vector(instruction, `${value}, ${mode} in frm`, `${instruction} a0,fa1`, {
      floats: { fa1: n.of(value) },
      fcsr: frm[mode],
      expect: { registers: { a0: results[i]! }, fcsr: frm[mode] | NX },
    }),
  ])

const limits = (n: Numbers): readonly Case[] => {
  // What does not fit, in every conversion, becomes the limit; NaN becomes the greatest.
  const most = (1n << 63n) - 1n
  return [
    ['infinity', n.infinity, most, NV],
    ['minus infinity', n.negate(n.infinity), -most - 1n, NV],
    ['a quiet NaN', n.payload, most, NV],
    ['a signaling NaN', n.signaling, most, NV],
  ]
}

const withinLimits = (cases: readonly Case[], least: bigint, most: bigint): Case[] =>
  cases.map(([name, operand, result, flags]) => [name, operand, result < 0n ? least : most, flags ?? 0])

const integers = (n: Numbers): Vector[] => {
  const { suffix, negate, of, power } = n
  const minusZero = negate(n.zero)
  return [
    ...toInteger(`fcvt.w.${suffix}`, [
      ['exact', of(-3), -3n],
      ['minus zero', minusZero, 0n],
      ['the least', negate(power(31)), -(1n << 31n)],
      ['too great', power(31), (1n << 31n) - 1n, NV],
      ['too small', negate(power(32)), -(1n << 31n), NV],
      ['almost nothing', n.leastSubnormal, 0n, NX],
      ['almost nothing, upwards', n.leastSubnormal, 1n, NX, 'rup'],
      ...withinLimits(limits(n), -(1n << 31n), (1n << 31n) - 1n),
    ]),
    ...fraction(`fcvt.w.${suffix}`, n, 1.5, [2n, 1n, 1n, 2n, 2n]),
    ...fraction(`fcvt.w.${suffix}`, n, 2.5, [2n, 2n, 2n, 3n, 3n]),
    ...fraction(`fcvt.w.${suffix}`, n, -1.5, [-2n, -1n, -2n, -1n, -2n]),
    ...toInteger(`fcvt.wu.${suffix}`, [
      ['exact', of(3), 3n],
      ['is sign-extended all the same', power(31), -(1n << 31n)],
      ['too great', power(32), -1n, NV],
      ['negative', of(-1), 0n, NV],
      ['negative, but rounded to zero', of(-0.25), 0n, NX],
      ['negative, and rounded away from zero', of(-0.25), 0n, NV, 'rdn'],
      ...withinLimits(limits(n), 0n, -1n),
    ]),
    ...fraction(`fcvt.wu.${suffix}`, n, 2.5, [2n, 2n, 2n, 3n, 3n]),
    ...toInteger(`fcvt.l.${suffix}`, [
      ['exact', negate(power(62)), -(1n << 62n)],
      ['the least', negate(power(63)), -(1n << 63n)],
      ['too great', power(63), (1n << 63n) - 1n, NV],
      ['too small', negate(n.next(power(63))), -(1n << 63n), NV],
      ...limits(n),
    ]),
    ...fraction(`fcvt.l.${suffix}`, n, -2.5, [-2n, -2n, -3n, -2n, -3n]),
    ...toInteger(`fcvt.lu.${suffix}`, [
      ['exact', power(63), 1n << 63n],
      ['too great', power(64), -1n, NV],
      ['negative', of(-1), 0n, NV],
      ['negative, but rounded to zero', of(-0.5), 0n, NX],
      ...withinLimits(limits(n), 0n, -1n),
    ]),
    ...fraction(`fcvt.lu.${suffix}`, n, 1.5, [2n, 1n, 1n, 2n, 2n]),

    ...fromInteger(`fcvt.${suffix}.w`, [
      ['negative', -1n, of(-1)],
      ['ignores the upper half', (7n << 32n) | 1n, of(1)],
      ['zero', 0n, n.zero, 0, 'rdn'],
      ['the least', -(1n << 31n), negate(power(31))],
      ...(suffix === 's'
        ? ([
            ['to nearest', 0x7fff_ffffn, power(31), NX],
            ['towards zero', 0x7fff_ffffn, power(31) - 1n, NX, 'rtz'],
          ] as const)
        : ([['the greatest, exactly', 0x7fff_ffffn, 0x41df_ffff_ffc0_0000n]] as const)),
    ]),
    ...fromInteger(`fcvt.${suffix}.wu`, [
      ['ignores the upper half', -(1n << 32n) | 3n, of(3)],
      ...(suffix === 's'
        ? ([
            ['to nearest', -1n, power(32), NX],
            ['downwards', -1n, power(32) - 1n, NX, 'rdn'],
          ] as const)
        : ([['the greatest, exactly', -1n, 0x41ef_ffff_ffe0_0000n]] as const)),
    ]),
    ...fromInteger(`fcvt.${suffix}.l`, [
      ['negative', -(1n << 63n), negate(power(63))],
      ['to nearest', (1n << 63n) - 1n, power(63), NX],
      ['downwards', (1n << 63n) - 1n, power(63) - 1n, NX, 'rdn'],
      ['a tie to even', (1n << 62n) + (1n << BigInt(61 - n.fraction)), power(62), NX],
      ['a tie away from zero', (1n << 62n) + (1n << BigInt(61 - n.fraction)), n.next(power(62)), NX, 'rmm'],
    ]),
    ...fromInteger(`fcvt.${suffix}.lu`, [
      ['to nearest', -1n, power(64), NX],
      ['towards zero', -1n, power(64) - 1n, NX, 'rtz'],
      ['upwards', (1n << 63n) + 1n, n.next(power(63)), NX, 'rup'],
    ]),
  ]
}

const moves: readonly Vector[] = [
  vector('fmv.x.w', 'sign-extends', 'fmv.x.w a0,fa1', {
    floats: { fa1: single.of(-1) },
    expect: { registers: { a0: -0x4080_0000n } },
  }),
  vector('fmv.x.w', 'takes what is not boxed as it is', 'fmv.x.w a0,fa1', {
    floats: { fa1: 0x1234_5678_7f80_0001n },
    expect: { registers: { a0: 0x7f80_0001n } },
  }),
  vector('fmv.w.x', 'boxes', 'fmv.w.x fa0,a1', {
    registers: { a1: 0x1234_5678_7f80_0001n },
    expect: { floats: { fa0: single.signaling } },
  }),
  vector('fmv.x.d', 'copies', 'fmv.x.d a0,fa1', {
    floats: { fa1: double.signaling },
    expect: { registers: { a0: double.signaling } },
  }),
  vector('fmv.d.x', 'copies', 'fmv.d.x ft0,a1', {
    registers: { a1: double.signaling },
    expect: { floats: { ft0: double.signaling } },
  }),
  vector('fmv.x.d', 'to x0', 'fmv.x.d zero,fa1', { floats: { fa1: double.one } }),
]

/** Conversions and moves. */
export const floatConversionVectors: readonly Vector[] = [
  ...integers(single),
  ...integers(double),
  ...toInteger('fcvt.w.s', [['an operand that is not boxed', 0x3f80_0000n, 0x7fff_ffffn, NV]]),
  ...between('fcvt.s.d', [
    ['exact', double.of(-1.5), single.of(-1.5)],
    ['a payload is lost', double.payload, single.nan],
    ['a signaling NaN', double.signaling, single.nan, NV],
    ['infinity', double.negate(double.infinity), single.negate(single.infinity)],
    ['overflow', double.greatest, single.infinity, OF | NX],
    ['overflow towards zero', double.greatest, single.greatest, OF | NX, 'rtz'],
    ['underflow', double.leastSubnormal, single.zero, UF | NX],
    ['underflow upwards', double.leastSubnormal, single.leastSubnormal, UF | NX, 'rup'],
    ['an exact subnormal', double.power(-149), single.leastSubnormal],
    ['a tie to even', double.next(double.one, 1n << 28n), single.one, NX],
    ['a tie away from zero', double.next(double.one, 1n << 28n), single.onePlus, NX, 'rmm'],
    ['minus zero', double.negate(double.zero), single.negate(single.zero)],
  ]),
  ...between('fcvt.d.s', [
    ['exact', single.of(-1.5), double.of(-1.5)],
    ['of a subnormal number', single.leastSubnormal, double.power(-149)],
    ['a payload is lost', single.payload, double.nan],
    ['a signaling NaN', single.signaling, double.nan, NV],
    ['infinity', single.infinity, double.infinity],
    ['an operand that is not boxed', 0x3f80_0000n, double.nan],
    ['in another mode', single.one, double.one, 0, 'rup'],
  ]),
  ...moves,
]
