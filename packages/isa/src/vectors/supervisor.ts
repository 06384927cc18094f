import { exceptionCause } from '../exception.ts'
import type { Privilege } from '../semantics.ts'
import { type Vector, vector, vectorData } from './vector.ts'

const illegal = (word: number) => ({ cause: exceptionCause.illegalInstruction, tval: BigInt(word >>> 0) })

const from = (privilege: Privilege, instruction: string, code: string, word: number): Vector =>
  vector(instruction, `from ${privilege}-mode, which may not`, code, {
    privilege,
    expect: { trap: illegal(word) },
  })

const full = [1n, 2n, 3n, 4n, 5n, 6n, 7n, -8n]
const management = ['cbo.inval', 'cbo.clean', 'cbo.flush']

/** Zicbom, Zicboz, Zawrs and Svinval, in an environment that lends lower modes nothing. */
export const supervisorVectors: readonly Vector[] = [
  ...management.flatMap((name, number) => [
    vector(name, 'of a block, by an address inside', `${name} (a1)`, {
      privilege: 'M',
      registers: { a1: vectorData + 13n },
      data: full,
    }),
    from('S', name, `${name} (a1)`, 0x0005_a00f | (number << 20)),
    from('U', name, `${name} (a1)`, 0x0005_a00f | (number << 20)),
  ]),
  vector('cbo.zero', 'of a block', 'cbo.zero (a1)', {
    privilege: 'M',
    registers: { a1: vectorData },
    data: full,
    expect: { data: full.map(() => 0n) },
  }),
  vector('cbo.zero', 'of a block, by the address of its last byte', 'cbo.zero (a1)', {
    privilege: 'M',
    registers: { a1: vectorData + 63n },
    data: full,
    expect: { data: full.map(() => 0n) },
  }),
  from('S', 'cbo.zero', 'cbo.zero (a1)', 0x0045_a00f),
  from('U', 'cbo.zero', 'cbo.zero (a1)', 0x0045_a00f),

  vector('wrs.nto', 'without a reservation', 'wrs.nto'),
  vector('wrs.sto', 'without a reservation', 'wrs.sto'),

  from('U', 'sinval.vma', 'sinval.vma a0,a1', 0x16b5_0073),
  vector('sinval.vma', 'of an address and an address space', 'sinval.vma a0,a1', {
    privilege: 'S',
    registers: { a0: vectorData, a1: 1n },
  }),
  from('U', 'sfence.w.inval', 'sfence.w.inval', 0x1800_0073),
  vector('sfence.w.inval', 'before', 'sfence.w.inval', { privilege: 'S' }),
  from('U', 'sfence.inval.ir', 'sfence.inval.ir', 0x1810_0073),
  vector('sfence.inval.ir', 'after', 'sfence.inval.ir', { privilege: 'S' }),
  from('U', 'hinval.vvma', 'hinval.vvma a0,a1', 0x26b5_0073),
  vector('hinval.vvma', 'of everything', 'hinval.vvma zero,zero', { privilege: 'S' }),
  from('U', 'hinval.gvma', 'hinval.gvma a0,a1', 0x66b5_0073),
  vector('hinval.gvma', 'of everything', 'hinval.gvma zero,zero', { privilege: 'S' }),
]
