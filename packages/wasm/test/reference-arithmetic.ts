/**
 * What WebAssembly's numeric instructions compute, said plainly: integers as `bigint` (their unsigned value),
 * floats as `number`. `undefined` means a trap.
 */
export type Reference = (...operands: never[]) => bigint | number | undefined

const unsigned = (bits: number, value: bigint): bigint => BigInt.asUintN(bits, value)
const signed = (bits: number, value: bigint): bigint => BigInt.asIntN(bits, value)
const fromBoolean = (value: boolean): bigint => (value ? 1n : 0n)

const integer = (bits: number): Record<string, Reference> => {
  const u = (value: bigint): bigint => unsigned(bits, value)
  const s = (value: bigint): bigint => signed(bits, value)
  const digits = (value: bigint): string => value.toString(2).padStart(bits, '0')
  const amount = (value: bigint): bigint => value % BigInt(bits)
  const n = BigInt(bits)
  const extend = (from: number) => (a: bigint) => u(signed(from, a))
  const binary: Record<string, (a: bigint, b: bigint) => bigint | undefined> = {
    Eq: (a, b) => fromBoolean(a === b),
    Ne: (a, b) => fromBoolean(a !== b),
    LtS: (a, b) => fromBoolean(s(a) < s(b)),
    LtU: (a, b) => fromBoolean(a < b),
    GtS: (a, b) => fromBoolean(s(a) > s(b)),
    GtU: (a, b) => fromBoolean(a > b),
    LeS: (a, b) => fromBoolean(s(a) <= s(b)),
    LeU: (a, b) => fromBoolean(a <= b),
    GeS: (a, b) => fromBoolean(s(a) >= s(b)),
    GeU: (a, b) => fromBoolean(a >= b),
    Add: (a, b) => u(a + b),
    Sub: (a, b) => u(a - b),
    Mul: (a, b) => u(a * b),
    DivS: (a, b) => (b === 0n || s(a) / s(b) === 1n << (n - 1n) ? undefined : u(s(a) / s(b))),
    DivU: (a, b) => (b === 0n ? undefined : a / b),
    RemS: (a, b) => (b === 0n ? undefined : u(s(a) % s(b))),
    RemU: (a, b) => (b === 0n ? undefined : a % b),
    And: (a, b) => a & b,
    Or: (a, b) => a | b,
    Xor: (a, b) => a ^ b,
    Shl: (a, b) => u(a << amount(b)),
    ShrS: (a, b) => u(s(a) >> amount(b)),
    ShrU: (a, b) => a >> amount(b),
    Rotl: (a, b) => u((a << amount(b)) | (a >> (n - amount(b)))),
    Rotr: (a, b) => u((a >> amount(b)) | (a << (n - amount(b)))),
  }
  const unary: Record<string, (a: bigint) => bigint> = {
    Eqz: (a) => fromBoolean(a === 0n),
    Clz: (a) => BigInt(`${digits(a)}1`.indexOf('1')),
    Ctz: (a) => BigInt([...digits(a)].reverse().join('').concat('1').indexOf('1')),
    Popcnt: (a) => BigInt(digits(a).replaceAll('0', '').length),
    Extend8S: extend(8),
    Extend16S: extend(16),
    ...(bits === 64 ? { Extend32S: extend(32) } : {}),
  }
  const least = (isSigned: boolean): bigint => (isSigned ? -(1n << (n - 1n)) : 0n)
  const most = (isSigned: boolean): bigint => (isSigned ? (1n << (n - 1n)) - 1n : (1n << n) - 1n)
  const truncations = ['F32', 'F64'].flatMap((source) =>
    [true, false].map((isSigned) => ({ name: `${source}${isSigned ? 'S' : 'U'}`, isSigned })),
  )
  const truncate = (isSigned: boolean) => (a: number) => {
    if (!Number.isFinite(a)) return undefined
    const whole = BigInt(Math.trunc(a))
    return whole < least(isSigned) || whole > most(isSigned) ? undefined : u(whole)
  }
  const saturate = (isSigned: boolean) => (a: number) => {
    if (Number.isNaN(a)) return 0n
    return truncate(isSigned)(a) ?? u(a < 0 ? least(isSigned) : most(isSigned))
  }
  return {
    ...unary,
    ...binary,
    ...Object.fromEntries(truncations.map(({ name, isSigned }) => [`Trunc${name}`, truncate(isSigned)])),
    ...Object.fromEntries(truncations.map(({ name, isSigned }) => [`TruncSat${name}`, saturate(isSigned)])),
  }
}

const nearest = (a: number): number => {
  const floor = Math.floor(a)
  const difference = a - floor
  const rounded = difference < 0.5 || (difference === 0.5 && floor % 2 === 0) ? floor : floor + 1
  return !Number.isFinite(a) || Number.isInteger(a) ? a : rounded === 0 && a < 0 ? -0 : rounded
}

const isNegative = (a: number): boolean => a < 0 || Object.is(a, -0)

/** Rounds once, where `Math.fround(Number(a))` would round twice: what is cut off leaves a sticky bit. */
const toSingle = (a: bigint): number => {
  const magnitude = a < 0n ? -a : a
  if (magnitude < 1n << 53n) return Math.fround(Number(a))
  const sticky = magnitude & 0xf_ffffn ? 1n : 0n
  const rounded = Math.fround(Number((magnitude >> 20n) | sticky)) * 2 ** 20
  return a < 0n ? -rounded : rounded
}

const float = (
  round: (value: number) => number,
  fromBigInt: (value: bigint) => number,
): Record<string, Reference> => ({
  Eq: (a: number, b: number) => fromBoolean(a === b),
  Ne: (a: number, b: number) => fromBoolean(a !== b),
  Lt: (a: number, b: number) => fromBoolean(a < b),
  Gt: (a: number, b: number) => fromBoolean(a > b),
  Le: (a: number, b: number) => fromBoolean(a <= b),
  Ge: (a: number, b: number) => fromBoolean(a >= b),
  Abs: Math.abs,
  Neg: (a: number) => -a,
  Ceil: Math.ceil,
  Floor: Math.floor,
  Trunc: Math.trunc,
  Nearest: nearest,
  Sqrt: (a: number) => round(Math.sqrt(a)),
  Add: (a: number, b: number) => round(a + b),
  Sub: (a: number, b: number) => round(a - b),
  Mul: (a: number, b: number) => round(a * b),
  Div: (a: number, b: number) => round(a / b),
  Min: Math.min,
  Max: Math.max,
  Copysign: (a: number, b: number) => (isNegative(a) === isNegative(b) ? a : -a),
  ConvertI32S: (a: bigint) => fromBigInt(signed(32, a)),
  ConvertI32U: fromBigInt,
  ConvertI64S: (a: bigint) => fromBigInt(signed(64, a)),
  ConvertI64U: fromBigInt,
})

const bitsOfSingle = (value: number): bigint => BigInt(new Uint32Array(Float32Array.of(value).buffer)[0])
const bitsOfDouble = (value: number): bigint => new BigUint64Array(Float64Array.of(value).buffer)[0]
const singleOfBits = (bits: bigint): number => new Float32Array(Uint32Array.of(Number(bits)).buffer)[0]
const doubleOfBits = (bits: bigint): number => new Float64Array(BigUint64Array.of(bits).buffer)[0]

const prefixed = (prefix: string, references: Record<string, Reference>): [string, Reference][] =>
  Object.entries(references).map(([name, reference]) => [`${prefix}${name}`, reference])

/** By the emitter's method. */
export const references: Readonly<Record<string, Reference>> = Object.fromEntries([
  ...prefixed('i32', integer(32)),
  ...prefixed('i64', integer(64)),
  ...prefixed('f32', float(Math.fround, toSingle)),
  ...prefixed(
    'f64',
    float((value) => value, Number),
  ),
  ['i32WrapI64', (a: bigint) => unsigned(32, a)],
  ['i64ExtendI32S', (a: bigint) => unsigned(64, signed(32, a))],
  ['i64ExtendI32U', (a: bigint) => a],
  ['f32DemoteF64', Math.fround],
  ['f64PromoteF32', (a: number) => a],
  ['i32ReinterpretF32', bitsOfSingle],
  ['i64ReinterpretF64', bitsOfDouble],
  ['f32ReinterpretI32', singleOfBits],
  ['f64ReinterpretI64', doubleOfBits],
] as [string, Reference][])
