import { type Vector, vector, vectorData } from './vector.ts'

const address = { a1: vectorData }
const illegal = (word: number) => ({ cause: 2, tval: BigInt(word) })

/** As M- and HS-mode see them while neither stage translates: the guest's memory is all of memory. */
const load = (name: string, data: bigint, loaded: bigint): Vector =>
  vector(name, 'of guest memory that nothing translates', `${name} a0,(a1)`, {
    privilege: 'S',
    registers: address,
    data: [data],
    expect: { registers: { a0: loaded } },
  })

const store = (name: string, stored: bigint): Vector =>
  vector(name, 'to guest memory that nothing translates', `${name} a0,(a1)`, {
    privilege: 'S',
    registers: { ...address, a0: 0x8899_aabb_ccdd_eeffn },
    data: [0x1111_1111_1111_1111n],
    expect: { data: [stored] },
  })

const fromU = (name: string, code: string, word: number): Vector =>
  vector(name, 'from U-mode, to which it is not lent', code, {
    privilege: 'U',
    registers: address,
    expect: { trap: illegal(word) },
  })

const DATA = 0xf0e1_d2c3_b4a5_9687n

/** The hypervisor extension: for harts that have it. */
export const hypervisorVectors: readonly Vector[] = [
  load('hlv.b', DATA, -0x79n),
  load('hlv.bu', DATA, 0x87n),
  load('hlv.h', DATA, -0x6979n),
  load('hlv.hu', DATA, 0x9687n),
  load('hlvx.hu', DATA, 0x9687n),
  load('hlv.w', DATA, -0x4b5a_6979n),
  load('hlv.wu', DATA, 0xb4a5_9687n),
  load('hlvx.wu', DATA, 0xb4a5_9687n),
  load('hlv.d', DATA, DATA),
  store('hsv.b', 0x1111_1111_1111_11ffn),
  store('hsv.h', 0x1111_1111_1111_eeffn),
  store('hsv.w', 0x1111_1111_ccdd_eeffn),
  store('hsv.d', 0x8899_aabb_ccdd_eeffn),
  fromU('hlv.d', 'hlv.d a0,(a1)', 0x6c05_c573),
  fromU('hlvx.hu', 'hlvx.hu a0,(a1)', 0x6435_c573),
  fromU('hsv.w', 'hsv.w a0,(a1)', 0x6aa5_c073),
  fromU('hfence.vvma', 'hfence.vvma a0,a1', 0x22b5_0073),
  fromU('hfence.gvma', 'hfence.gvma a0,a1', 0x62b5_0073),
  vector('hfence.vvma', 'of everything', 'hfence.vvma', { privilege: 'S' }),
  vector('hfence.gvma', 'of an address and a machine', 'hfence.gvma a0,a1', {
    privilege: 'S',
    registers: { a0: vectorData >> 2n, a1: 1n },
  }),
]
