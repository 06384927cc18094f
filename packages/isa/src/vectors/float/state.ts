import { assemble } from '../../assembler/assemble.ts'
import { exceptionCause } from '../../exception.ts'
import { type Vector, vector, vectorCode } from '../vector.ts'
import { double, frm, NV, NX } from './numbers.ts'

const wordOf = (code: string): bigint => {
  const { bytes } = assemble(code, { origin: vectorCode })
  return bytes.reduceRight((word, byte) => (word << 8n) | BigInt(byte), 0n)
}

const illegal = (code: string) => ({
  trap: { cause: exceptionCause.illegalInstruction, tval: wordOf(code) },
})

/** Each instruction while FS is off: nothing happens but the trap. @param vectors - with one for each, at least. */
export function whileOff(vectors: readonly Vector[]): Vector[] {
  const first = new Map<string, Vector>()
  for (const it of vectors) if (!first.has(it.instruction)) first.set(it.instruction, it)
  return [...first.values()].map(({ instruction, code, registers, data, float }) =>
    vector(instruction, 'while FS is off', code, {
      registers,
      data,
      floats: float.registers,
      floatOff: true,
      expect: illegal(code),
    }),
  )
}

const rounding = [
  'fadd.s fa0,fa1,fa2',
  'fsqrt.d fa0,fa1',
  'fmadd.d fa0,fa1,fa2,fa3',
  'fcvt.l.s a0,fa1',
  'fcvt.d.w fa0,a1,dyn',
  'fcvt.d.s fa0,fa1,dyn',
]

/** What `frm` and the instruction may say of rounding. */
const modes: readonly Vector[] = [
  ...rounding.flatMap((code) =>
    [5, 6, 7].map((mode) =>
      vector(code.split(' ')[0]!, `with ${mode} in frm`, code, { fcsr: mode << 5, expect: illegal(code) }),
    ),
  ),
  ...[5, 6].map((mode) => {
    const code = `.4byte 0x${((0x02c5_f553 & ~0x7000) | (mode << 12)).toString(16)}`
    return vector('fadd.d', `with the reserved mode ${mode}`, code, { expect: illegal(code) })
  }),
  vector('fadd.d', 'its own mode, whatever is in frm', 'fadd.d fa0,fa1,fa1,rne', {
    floats: { fa1: double.one },
    fcsr: 7 << 5,
    expect: { floats: { fa0: double.of(2) } },
  }),
  vector('fmin.d', 'rounds nothing, so frm may be what it likes', 'fmin.d fa0,fa1,fa1', {
    floats: { fa1: double.one },
    fcsr: 5 << 5,
    expect: { floats: { fa0: double.one } },
  }),
]

const dirty = { dirty: true }

/** The CSRs: `fcsr` and its two parts. */
const csrs: readonly Vector[] = [
  vector('csrrw', 'fcsr, all that it has', 'csrrw a0,fcsr,a1', {
    registers: { a1: -1n },
    fcsr: frm.rup | NV,
    expect: { registers: { a0: BigInt(frm.rup | NV) }, fcsr: 0xff },
  }),
  vector('csrrs', 'fcsr, reading', 'csrrs a0,fcsr,zero', {
    fcsr: frm.rmm | NX,
    expect: { registers: { a0: BigInt(frm.rmm | NX) } },
  }),
  vector('csrrw', 'fflags leaves frm', 'csrrw a0,fflags,a1', {
    registers: { a1: 0xfffn },
    fcsr: frm.rdn | NV,
    expect: { registers: { a0: BigInt(NV) }, fcsr: frm.rdn | 0x1f },
  }),
  vector('csrrc', 'fflags', 'csrrc a0,fflags,a1', {
    registers: { a1: BigInt(NX) },
    fcsr: frm.rdn | NV | NX,
    expect: { registers: { a0: BigInt(NV | NX) }, fcsr: frm.rdn | NV },
  }),
  vector('csrrw', 'frm leaves fflags', 'csrrw a0,frm,a1', {
    registers: { a1: 0xf9n },
    fcsr: frm.rdn | NV,
    expect: { registers: { a0: 2n }, fcsr: frm.rtz | NV },
  }),
  vector('csrrwi', 'frm, a mode that does not exist', 'csrrwi zero,frm,6', { expect: { fcsr: 6 << 5 } }),
  vector('csrrs', 'fflags, setting what is set', 'csrrs zero,fflags,a1', {
    registers: { a1: 1n },
    fcsr: NX,
    expect: dirty,
  }),
  ...['fflags', 'frm', 'fcsr'].flatMap((name) =>
    [`csrrs a0,${name},zero`, `csrrw zero,${name},zero`].map((code) =>
      vector(code.slice(0, 5), `${name} while FS is off`, code, { floatOff: true, expect: illegal(code) }),
    ),
  ),
  vector('csrrwi', 'frm decides from the next instruction on', 'csrrwi zero,frm,3\nfcvt.w.d a0,fa1', {
    floats: { fa1: double.of(1.25) },
    expect: { registers: { a0: 2n }, fcsr: frm.rup | NX },
  }),
  vector('fcvt.w.d', 'shows its flag to the next instruction', 'fcvt.w.d a0,fa1,rtz\ncsrrs a2,fflags,zero', {
    floats: { fa1: double.of(1.25) },
    expect: { registers: { a0: 1n, a2: BigInt(NX) }, fcsr: NX },
  }),
]

/** Rounding modes, `fcsr`, and instructions that find FS off. */
export const floatStateVectors: readonly Vector[] = [...modes, ...csrs]
