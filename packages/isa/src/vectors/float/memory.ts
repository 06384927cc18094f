import { type Vector, vector, vectorData } from '../vector.ts'

const bytes = 0xf7e6_d5c4_b3a2_9180n
const next = 0x0102_0304_0506_0708n
const boxed = 0xffff_ffff_0000_0000n
const base = { a1: vectorData + 16n }
const data = [0n, next, bytes, next]
const ones = [-1n, -1n, -1n, -1n]

const load = (instruction: string, name: string, offset: number, fa0: bigint) =>
  vector(instruction, name, `${instruction} fa0,${offset}(a1)`, {
    registers: base,
    data,
    expect: { floats: { fa0 } },
  })

const store = (instruction: string, name: string, offset: number, after: readonly bigint[]) =>
  vector(instruction, name, `${instruction} fa2,${offset}(a1)`, {
    registers: base,
    floats: { fa2: bytes },
    data: ones,
    expect: { data: after },
  })

/** Loads and stores, compressed ones included. A store does not make FS dirty. */
export const floatMemoryVectors: readonly Vector[] = [
  load('flw', 'boxes', 0, boxed | 0xb3a2_9180n),
  load('flw', 'misaligned across a doubleword', 6, boxed | 0x0708_f7e6n),
  load('fld', 'aligned', 0, bytes),
  load('fld', 'misaligned, going back', -7, 0x8001_0203_0405_0607n),
  vector('fld', 'to f0', 'fld ft0,0(a1)', { registers: base, data, expect: { floats: { ft0: bytes } } }),
  store('fsw', 'the low half, boxed or not', 4, [-1n, -1n, -0x4c5d_6e7f_0000_0001n, -1n]),
  store('fsw', 'misaligned', 1, [-1n, -1n, -0x4c_5d6e_7f01n, -1n]),
  store('fsd', 'aligned', 0, [-1n, -1n, bytes, -1n]),
  store('fsd', 'misaligned', 4, [-1n, -1n, -0x4c5d_6e7f_0000_0001n, -0x0819_2a3cn]),
  vector('fsd', 'of f0', 'fsd ft0,0(a1)', {
    registers: base,
    floats: { ft0: 0n },
    data: ones,
    expect: { data: [-1n, -1n, 0n, -1n] },
  }),

  vector('c.fld', 'as its expansion', 'c.fld fa5,8(a0)', {
    registers: { a0: vectorData },
    data,
    expect: { floats: { fa5: next } },
  }),
  vector('c.fsd', 'as its expansion', 'c.fsd fs0,248(a0)', {
    registers: { a0: vectorData - 232n },
    floats: { fs0: bytes },
    data: ones,
    expect: { data: [-1n, -1n, bytes, -1n] },
  }),
  vector('c.fldsp', 'as its expansion', 'c.fldsp ft0,504(sp)', {
    registers: { sp: vectorData - 488n },
    data,
    expect: { floats: { ft0: bytes } },
  }),
  vector('c.fsdsp', 'as its expansion', 'c.fsdsp ft11,8(sp)', {
    registers: { sp: vectorData },
    floats: { ft11: bytes },
    data: ones,
    expect: { data: [-1n, bytes, -1n, -1n] },
  }),
]
