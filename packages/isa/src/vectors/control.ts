import { exceptionCause } from '../exception.ts'
import { type Vector, vector, vectorCode } from './vector.ts'

type Case = readonly [name: string, a: bigint, b: bigint, taken: boolean]

const branch = (instruction: string, cases: readonly Case[]): Vector[] =>
  cases.flatMap(([name, a1, a2, taken]) => [
    vector(instruction, name, `${instruction} a1,a2,.+16`, {
      registers: { a1, a2 },
      expect: { pc: taken ? 16 : 4 },
    }),
    vector(instruction, `${name}, backwards`, `${instruction} a1,a2,.-2046`, {
      registers: { a1, a2 },
      expect: { pc: taken ? -2046 : 4 },
    }),
  ])

const most = 0x7fff_ffff_ffff_ffffn
const least = -0x8000_0000_0000_0000n
const link = vectorCode + 4n

/** Jumps and branches. */
export const controlVectors: readonly Vector[] = [
  ...branch('beq', [
    ['equal', -1n, -1n, true],
    ['different in the highest bit', 0n, least, false],
  ]),
  ...branch('bne', [
    ['equal', -1n, -1n, false],
    ['different in the highest bit', 0n, least, true],
  ]),
  ...branch('blt', [
    ['less', least, most, true],
    ['equal', 1n, 1n, false],
    ['greater', 0n, -1n, false],
  ]),
  ...branch('bge', [
    ['less', least, most, false],
    ['equal', 1n, 1n, true],
    ['greater', 0n, -1n, true],
  ]),
  ...branch('bltu', [
    ['less', most, least, true],
    ['equal', 1n, 1n, false],
    ['greater', -1n, 0n, false],
  ]),
  ...branch('bgeu', [
    ['less', most, least, false],
    ['equal', 1n, 1n, true],
    ['greater', -1n, 0n, true],
  ]),
  vector('jal', 'forwards', 'jal ra,.+2046', { expect: { registers: { ra: link }, pc: 2046 } }),
  vector('jal', 'backwards', 'jal a0,.-2048', { expect: { registers: { a0: link }, pc: -2048 } }),
  vector('jal', 'without a link', 'jal zero,.+8', { expect: { pc: 8 } }),
  vector('jalr', 'adds the offset', 'jalr ra,-4(a0)', {
    registers: { a0: vectorCode + 36n },
    expect: { registers: { ra: link }, pc: 32 },
  }),
  vector('jalr', 'clears the lowest bit', 'jalr ra,1(a0)', {
    registers: { a0: vectorCode + 32n },
    expect: { registers: { ra: link }, pc: 32 },
  }),
  vector('jalr', 'to a halfword', 'jalr zero,0(a0)', {
    registers: { a0: vectorCode + 35n },
    expect: { pc: 34 },
  }),
  vector('jalr', 'takes the target before it links', 'jalr a0,0(a0)', {
    registers: { a0: vectorCode + 16n },
    expect: { registers: { a0: link }, pc: 16 },
  }),
]

const illegal = (word: number) => ({ cause: exceptionCause.illegalInstruction, tval: BigInt(word >>> 0) })

/** Fences, traps, CSRs and the privileged instructions, as far as they need no state of the machine. */
export const systemVectors: readonly Vector[] = [
  vector('fence', 'all before all', 'fence iorw,iorw'),
  vector('fence', 'total store order', 'fence.tso'),
  vector('fence', 'a hint to pause', 'pause'),
  vector('fence', 'with ignored fields set', '.4byte 0xfff5078f'),
  vector('fence.i', 'plain', 'fence.i'),
  vector('ecall', 'from the current mode', 'ecall', {
    expect: { trap: { cause: exceptionCause.environmentCallFromU, tval: 0n } },
  }),
  vector('ebreak', 'breaks', 'ebreak', {
    expect: { trap: { cause: exceptionCause.breakpoint, tval: vectorCode } },
  }),

  vector('csrrw', 'swaps', 'csrrw zero,sscratch,a1\ncsrrw a0,sscratch,a2\ncsrrw a3,sscratch,zero', {
    privilege: 'S',
    registers: { a1: -1n, a2: 0x55n },
    expect: { registers: { a0: -1n, a3: 0x55n } },
  }),
  vector(
    'csrrw',
    'with the same register',
    'csrrw zero,sscratch,a1\ncsrrw a0,sscratch,a0\ncsrrw a3,sscratch,zero',
    {
      privilege: 'S',
      registers: { a0: 7n, a1: 9n },
      expect: { registers: { a0: 9n, a3: 7n } },
    },
  ),
  vector('csrrs', 'sets', 'csrrw zero,sscratch,a1\ncsrrs a0,sscratch,a2\ncsrrs a3,sscratch,zero', {
    privilege: 'S',
    registers: { a1: 0xf0n, a2: 0x3cn },
    expect: { registers: { a0: 0xf0n, a3: 0xfcn } },
  }),
  vector('csrrc', 'clears', 'csrrw zero,sscratch,a1\ncsrrc a0,sscratch,a2\ncsrrc a3,sscratch,zero', {
    privilege: 'S',
    registers: { a1: 0xf0n, a2: 0x3cn },
    expect: { registers: { a0: 0xf0n, a3: 0xc0n } },
  }),
  vector(
    'csrrwi',
    'writes five bits',
    'csrrw zero,sscratch,a1\ncsrrwi a0,sscratch,31\ncsrrwi a3,sscratch,0',
    {
      privilege: 'S',
      registers: { a1: -1n },
      expect: { registers: { a0: -1n, a3: 31n } },
    },
  ),
  vector('csrrsi', 'sets', 'csrrw zero,sscratch,a1\ncsrrsi a0,sscratch,17\ncsrrsi a3,sscratch,0', {
    privilege: 'S',
    registers: { a1: 0xf0n },
    expect: { registers: { a0: 0xf0n, a3: 0xf1n } },
  }),
  vector('csrrci', 'clears', 'csrrw zero,sscratch,a1\ncsrrci a0,sscratch,17\ncsrrci a3,sscratch,0', {
    privilege: 'S',
    registers: { a1: 0xf1n },
    expect: { registers: { a0: 0xf1n, a3: 0xe0n } },
  }),
  vector('csrrw', 'of a higher mode', 'csrrw a0,sscratch,a1', {
    privilege: 'U',
    expect: { trap: illegal(0x1405_9573) },
  }),
  vector('csrrs', 'of M-mode, from S-mode', 'csrrs a0,mscratch,zero', {
    privilege: 'S',
    expect: { trap: illegal(0x3400_2573) },
  }),
  vector('csrrs', 'that does not exist', 'csrrs a0,0x8ff,zero', { expect: { trap: illegal(0x8ff0_2573) } }),
  vector('csrrw', 'that is read-only, without reading', 'csrrw zero,cycle,zero', {
    expect: { trap: illegal(0xc000_1073) },
  }),
  vector('csrrs', 'that is read-only, by a register of value 0', 'csrrs a0,cycle,a1', {
    registers: { a1: 0n },
    expect: { trap: illegal(0xc005_a573) },
  }),
  vector('csrrsi', 'that is read-only', 'csrrsi zero,cycle,1', { expect: { trap: illegal(0xc000_e073) } }),
  vector('csrrci', 'that is read-only', 'csrrci zero,cycle,1', { expect: { trap: illegal(0xc000_f073) } }),
  vector('csrrwi', 'that is read-only', 'csrrwi zero,cycle,0', { expect: { trap: illegal(0xc000_5073) } }),
  vector('csrrc', 'that is read-only', 'csrrc zero,cycle,a1', { expect: { trap: illegal(0xc005_b073) } }),

  ...(['U', 'S'] as const).map((privilege) =>
    vector('mret', `from ${privilege}-mode`, 'mret', { privilege, expect: { trap: illegal(0x3020_0073) } }),
  ),
  vector('sret', 'from U-mode', 'sret', { privilege: 'U', expect: { trap: illegal(0x1020_0073) } }),
  vector('wfi', 'from U-mode', 'wfi', { privilege: 'U', expect: { trap: illegal(0x1050_0073) } }),
  vector('sfence.vma', 'from U-mode', 'sfence.vma', {
    privilege: 'U',
    expect: { trap: illegal(0x1200_0073) },
  }),
  vector('sfence.vma', 'of everything', 'sfence.vma', { privilege: 'S' }),
  vector('sfence.vma', 'of an address and an address space', 'sfence.vma a0,a1', {
    privilege: 'S',
    registers: { a0: vectorCode, a1: 1n },
  }),
]
