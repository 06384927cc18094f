import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { disassemble } from '../src/disassemble.ts'
import { encode } from '../src/encode.ts'
import { exceptionCause } from '../src/exception.ts'
import { fieldRange } from '../src/fields.ts'
import type { Extension } from '../src/instruction.ts'
import { floatRegisterNames, registerNames } from '../src/registers.ts'
import type { Privilege } from '../src/semantics.ts'
import { instructionNamed, instructions } from '../src/table.ts'
import { type Vector, vectorCode, vectorData, vectors } from '../src/vectors/index.ts'
import { Bench, levels } from '../test/evaluator-bench.ts'
import { type Outcome, onQemu } from './qemu.ts'

const modes = (vector: Vector): readonly Privilege[] =>
  vector.privilege ? [vector.privilege] : ['U', 'S', 'M']

/** What QEMU must show: a vector without a trap goes on into a C.EBREAK. */
function expected(vector: Vector, mode: Privilege, shown: Outcome): Outcome {
  const bench = new Bench(mode)
  bench.prepare(vector)
  bench.prepare(vector.expected)
  const { trap, pc } = vector.expected
  const isCall = trap?.cause === exceptionCause.environmentCallFromU
  const cause = (trap?.cause ?? exceptionCause.breakpoint) + (isCall ? levels[mode] : 0)
  // Breakpoints may leave `tval` zero, as QEMU does.
  const tval = cause === exceptionCause.breakpoint ? shown.tval : trap!.tval
  return {
    cause: BigInt(cause),
    tval,
    pc: BigInt.asUintN(64, vectorCode + BigInt(pc)),
    ...stateOf(bench),
  }
}

/** QEMU 7.2 does not make FS dirty when an instruction changes nothing of that state but flags. */
function dirtyByFlags(ours: Outcome, theirs: Outcome, vector: Vector): Outcome {
  const { extension, format } = instructionNamed(vector.instruction)!
  const byFlags =
    /^[FD]$/.test(extension) && format.fields.rd?.file === 'x' && ours.fcsr !== BigInt(vector.float.fcsr)
  return byFlags && ours.floatStatus === 3n ? { ...ours, floatStatus: theirs.floatStatus } : ours
}

/** What is compared of the state besides the trap. */
const stateOf = (bench: Bench): Pick<Outcome, 'x' | 'data' | 'floatStatus' | 'fcsr' | 'f'> => ({
  x: bench.x,
  data: [...new BigUint64Array(bench.bytes.buffer)],
  floatStatus: BigInt(bench.floatStatus),
  fcsr: BigInt(bench.fcsr),
  f: bench.f,
})

const edges = [
  0n,
  1n,
  2n,
  31n,
  32n,
  63n,
  64n,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
  1n << 63n,
  (1n << 63n) - 1n,
]
const operand = fc.oneof(
  fc.constantFrom(...edges, ...edges.map((it) => BigInt.asUintN(64, -it))),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)

/** Numbers of both formats near what makes a difference, and any bits at all. */
const floatOf = (exponentBits: bigint, fractionBits: bigint) =>
  fc
    .record({
      sign: fc.bigInt({ min: 0n, max: 1n }),
      exponent: fc.oneof(
        fc.constantFrom(...[0n, 1n, 2n].flatMap((it) => [it, (1n << exponentBits) - 1n - it])),
        fc.bigInt({ min: -80n, max: 80n }).map((by) => (1n << (exponentBits - 1n)) - 1n + by),
      ),
      fraction: fc.oneof(
        fc.constantFrom(0n, 1n, 1n << (fractionBits - 1n), (1n << fractionBits) - 1n),
        fc.bigInt({ min: 0n, max: (1n << fractionBits) - 1n }),
      ),
    })
    .map(({ sign, exponent, fraction }) => (((sign << exponentBits) | exponent) << fractionBits) | fraction)
const float = fc.oneof(
  floatOf(11n, 52n),
  floatOf(8n, 23n).map((single) => single | 0xffff_ffff_0000_0000n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
)

/** Random computations: no jumps, no state of the machine; addresses within the data. */
function randomVectors(count: number): Vector[] {
  const rows = instructions.filter(
    ({ name }) =>
      !isYounger(name) &&
      instructionNamed(name)!.extension !== 'H' &&
      !/^(ctzw|(c\.)?(j|b(eq|ne|lt|ge)|mret|sret|wfi|sfence|sinval|hinval|csr|ecall|ebreak|lr|sc\.))/.test(
        name,
      ),
  )
  const arbitrary = fc.constantFrom(...rows).chain((row) => {
    const { rd, rs1, rs2, rs3, imm, rm } = row.format.fields
    const memory = /\(/.test(row.format.syntax)
    const range = imm ? fieldRange(imm) : { minimum: 0, maximum: 0, step: 1 }
    return fc
      .record({
        imm: fc.integer({ min: range.minimum / range.step, max: range.maximum / range.step }),
        rd: fc.integer({ min: 8, max: 15 }),
        rs1: fc.integer({ min: 8, max: 15 }),
        rs2: fc.integer({ min: 8, max: 15 }),
        rs3: fc.integer({ min: 8, max: 15 }),
        rm: fc.constantFrom(0, 1, 2, 3, 4, 7),
        fcsr: fc.integer({ min: 0, max: 0x9f }),
        floats: fc.array(float, { minLength: 8, maxLength: 8 }),
        a: operand,
        b: operand,
        data: fc.array(operand, { minLength: 4, maxLength: 4 }),
        offset: fc.integer({ min: 0, max: 3 }),
      })
      .map(({ a, b, data, offset, fcsr, floats, ...values }): Vector => {
        const sameField = rs1 !== undefined && rs1 === rd
        const operands = { ...row.fixed } as Record<string, number>
        if (rd) operands.rd = values.rd
        if (rs1) operands.rs1 = sameField ? values.rd : values.rs1
        if (rs2) operands.rs2 = values.rs2
        if (rs3) operands.rs3 = values.rs3
        if (rm) operands.rm = values.rm
        if (imm) operands.imm = values.imm * range.step || range.step
        const base = registerNames[operands.rs1!]!
        const address = BigInt.asUintN(64, vectorData + BigInt(8 * offset) - BigInt(operands.imm!))
        const word = encode(row, operands)
        const registers: Record<string, bigint> = {
          [registerNames[operands.rs2!]!]: b,
          [base]: memory ? address : a,
        }
        delete registers.zero
        return {
          instruction: row.name,
          name: disassemble(word),
          code: row.length === 2 ? `.2byte ${word}` : `.4byte ${word}`,
          registers,
          data,
          float: {
            registers: Object.fromEntries(floats.map((value, i) => [`f${8 + i}`, value])),
            fcsr,
            status: 1,
          },
          expected: { registers: {}, data: [], pc: row.length, float: { registers: {}, fcsr: 0, status: 1 } },
        }
      })
  })
  return fc.sample(arbitrary, { seed: 1, numRuns: count })
}

/** Extensions that QEMU 7.2 does not have. */
const younger: readonly Extension[] = ['Zicond', 'Zicbom', 'Zicboz', 'Zawrs']
const isYounger = (name: string) => younger.includes(instructionNamed(name)!.extension)

/** Where QEMU 7.2 departs from the specification, and the vectors follow the latter. */
const departs = ({ instruction, name }: Vector): boolean =>
  // Faults of AMOs are faults of stores; a misaligned SC traps whether or not there is a reservation.
  (/^(amo|sc\.)/.test(instruction) && name === 'misaligned') ||
  // Of a low word of zero CTZW looks at the high one there.
  (instruction === 'ctzw' && /zero|rd is rs1/.test(name)) ||
  // Of these it does not tell the instruction, and two it executes in U-mode.
  (/^(sinval|hinval|sfence\.|h[ls]v)/.test(instruction) && name.startsWith('from U-mode')) ||
  // Flags alone do not make the state of floating point dirty there.
  name === 'fflags after an inexact result' ||
  // The register's number says whether CSRRS writes, not its value.
  name === 'that is read-only, by a register of value 0'

describe('QEMU', () => {
  test('shows what the vectors expect', () => {
    const confirmed = vectors.filter((vector) => !departs(vector) && !isYounger(vector.instruction))
    const cases = confirmed.flatMap((vector) => modes(vector).map((mode) => [vector, mode] as const))
    const shown = onQemu(cases)
    const wrong = cases.flatMap(([vector, mode], i) => {
      const theirs = shown[i]!
      const ours = dirtyByFlags(expected(vector, mode, theirs), theirs, vector)
      return JSON.stringify(ours, text) === JSON.stringify(theirs, text)
        ? []
        : [`${vector.instruction}, ${vector.name}, ${mode}: expected ${differences(ours, theirs)}`]
    })
    expect(wrong).toEqual([])
  })

  test('computes what the evaluator computes', () => {
    const cases = randomVectors(6000).map((vector) => [vector, 'U'] as const)
    const shown = onQemu(cases)
    const wrong = cases.flatMap(([vector, mode], i) => {
      const bench = new Bench(mode)
      bench.run(vector)
      const theirs = shown[i]!
      const outcome: Outcome = {
        cause: BigInt(bench.trap?.cause ?? exceptionCause.breakpoint),
        tval: bench.trap?.tval ?? theirs.tval,
        pc: bench.pc,
        ...stateOf(bench),
      }
      const ours = dirtyByFlags(outcome, theirs, vector)
      return JSON.stringify(ours, text) === JSON.stringify(theirs, text)
        ? []
        : [`${vector.name}: evaluator ${differences(ours, theirs)}`]
    })
    expect(wrong).toEqual([])
  })
})

const text = (_key: string, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value)

function differences(ours: Outcome, theirs: Outcome): string {
  const flat = ({ cause, tval, pc, x, data, floatStatus, fcsr, f }: Outcome): Record<string, bigint> => ({
    cause,
    tval,
    pc,
    FS: floatStatus,
    fcsr,
    ...Object.fromEntries(f.map((value, i) => [floatRegisterNames[i]!, value])),
    ...Object.fromEntries(x.map((value, i) => [registerNames[i]!, value])),
    ...Object.fromEntries(data.map((value, i) => [`data ${i}`, value])),
  })
  const [left, right] = [flat(ours), flat(theirs)]
  return Object.keys(left)
    .filter((key) => left[key] !== right[key])
    .map((key) => `${key} 0x${left[key]!.toString(16)}, QEMU 0x${right[key]?.toString(16)}`)
    .join('; ')
}
