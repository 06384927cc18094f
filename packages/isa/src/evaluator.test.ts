import { describe, expect, test } from 'vitest'
import { decode } from './decode.ts'
import { encode } from './encode.ts'
import { Evaluator, type EvaluatorContext, evaluate } from './evaluator.ts'
import type { Operands } from './instruction.ts'
import { instructionNamed } from './table.ts'

const decoded = (name: string, operands: Partial<Operands> = {}) =>
  decode(encode(instructionNamed(name)!, operands))!

/** A context that writes down what it is asked. Loads give 5, unless `faults`. */
function notebook(more: Partial<EvaluatorContext> = {}) {
  const log: string[] = []
  const note =
    <T>(name: string, result?: T) =>
    (...args: unknown[]): T => {
      log.push([name, ...args.map((it) => (typeof it === 'function' ? 'update' : String(it)))].join(' '))
      return result as T
    }
  const context: EvaluatorContext = {
    pc: 0x1000n,
    privilege: 'M',
    readX: (index) => BigInt(index),
    writeX: note('x'),
    floatOff: false,
    roundingMode: 1,
    readF: (index) => 0x3ff0_0000_0000_0000n + (BigInt(index) << 52n),
    writeF: note('f'),
    accrueFlags: note('flags'),
    load: note('load', 5n as bigint | undefined),
    store: note('store', true),
    loadReserved: note('lr', 5n as bigint | undefined),
    storeConditional: note('sc', true as boolean | undefined),
    amo: note('amo', 5n as bigint | undefined),
    status: () => false,
    csrRead: note('read', 7n as bigint | undefined),
    csrWrite: note('write', true),
    raise: note('raise'),
    returnFrom: note('return'),
    waitForInterrupt: note('wfi'),
    fence: note('fence'),
    fenceInstructions: note('fence.i'),
    fenceTranslations: note('sfence'),
    guest: {
      load: note('guest load', (2n ** 32n - 5n) as bigint | undefined),
      store: note('guest store', true),
      fence: note('guest fence'),
    },
    ...more,
  }
  return { log, context }
}

describe('the evaluator', () => {
  test.each<[string, Partial<Operands>, string[], bigint | undefined]>([
    ['lw', { rd: 1, rs1: 2, imm: 4 }, ['load 4 6', 'x 1 5'], 0x1004n],
    ['lw', { rd: 0, rs1: 2 }, ['load 4 2'], 0x1004n],
    ['sd', { rs1: 2, rs2: 3, imm: -8 }, [`store 8 ${2n ** 64n - 6n} 3`], 0x1004n],
    ['c.jalr', { rs1: 9, rd: 1 }, ['x 1 4098'], 8n],
    ['lr.d', { rd: 1, rs1: 8 }, ['lr 8 8', 'x 1 5'], 0x1004n],
    ['sc.d', { rd: 1, rs1: 8, rs2: 3 }, ['sc 8 8 3', 'x 1 0'], 0x1004n],
    ['amoadd.w', { rd: 1, rs1: 8, rs2: 3 }, ['amo 4 8 update', 'x 1 5'], 0x1004n],
    ['ecall', {}, ['raise 11 0'], undefined],
    ['ebreak', {}, ['raise 3 4096'], undefined],
    ['mret', {}, ['return M'], undefined],
    ['sret', {}, ['return S'], undefined],
    ['wfi', {}, ['wfi'], 0x1004n],
    ['fence', { imm: 0xff }, ['fence'], 0x1004n],
    ['fence.i', {}, ['fence.i'], 0x1004n],
    ['sfence.vma', {}, ['sfence undefined undefined'], 0x1004n],
    ['sfence.vma', { rs1: 4 }, ['sfence 4 undefined'], 0x1004n],
    ['sfence.vma', { rs2: 4 }, ['sfence undefined 4'], 0x1004n],
    ['hlv.w', { rd: 1, rs1: 8 }, ['guest load 4 8 false', `x 1 ${2n ** 64n - 5n}`], 0x1004n],
    ['hlvx.wu', { rd: 1, rs1: 8 }, ['guest load 4 8 true', `x 1 ${2n ** 32n - 5n}`], 0x1004n],
    ['hsv.h', { rs1: 8, rs2: 3 }, ['guest store 2 8 3'], 0x1004n],
    ['hfence.vvma', { rs2: 4 }, ['guest fence VS undefined 4'], 0x1004n],
    ['hfence.gvma', { rs1: 4 }, ['guest fence G 4 undefined'], 0x1004n],
    ['csrrw', { rd: 1, rs1: 3, csr: 0x140 }, ['read 320 true', 'write 320 3 write 3', 'x 1 7'], 0x1004n],
    ['csrrw', { rd: 0, rs1: 3, csr: 0x140 }, ['write 320 3 write 3'], 0x1004n],
    ['csrrs', { rd: 1, rs1: 0, csr: 0x140 }, ['read 320 false', 'x 1 7'], 0x1004n],
    ['csrrs', { rd: 0, rs1: 8, csr: 0x140 }, ['read 320 true', 'write 320 15 set 8'], 0x1004n],
    ['csrrc', { rd: 1, rs1: 3, csr: 0x140 }, ['read 320 true', 'write 320 4 clear 3', 'x 1 7'], 0x1004n],
    ['csrrci', { rd: 1, imm: 0, csr: 0x140 }, ['read 320 false', 'x 1 7'], 0x1004n],
    ['csrrsi', { rd: 1, imm: 16, csr: 0x140 }, ['read 320 true', 'write 320 23 set 16', 'x 1 7'], 0x1004n],
  ])('%s %o', (name, operands, expected, next) => {
    const { log, context } = notebook()
    expect(evaluate(decoded(name, operands), context)).toBe(next)
    expect(log).toEqual(expected)
  })

  test.each<[string, Partial<Operands>, Partial<EvaluatorContext>, string[]]>([
    ['lw', { rd: 1 }, { load: () => undefined }, []],
    ['sw', {}, { store: () => false }, []],
    ['lr.w', { rd: 1 }, { loadReserved: () => undefined }, []],
    ['sc.w', { rd: 1 }, { storeConditional: () => undefined }, []],
    ['amoadd.w', { rd: 1 }, { amo: () => undefined }, []],
    ['csrrw', { rd: 1 }, { csrRead: () => undefined }, []],
    ['csrrw', { rd: 1 }, { csrWrite: () => false }, ['read 0 true']],
    ['csrrs', { rd: 1, rs1: 1 }, { csrRead: () => undefined }, []],
    ['csrrs', { rd: 1, rs1: 1 }, { csrWrite: () => false }, ['read 0 true']],
    ['mret', {}, { privilege: 'S' }, [`raise 2 ${0x3020_0073}`]],
    ['sret', {}, { privilege: 'S', status: (field) => field === 'TSR' }, [`raise 2 ${0x1020_0073}`]],
    ['wfi', {}, { privilege: 'S', status: (field) => field === 'TW' }, [`raise 2 ${0x1050_0073}`]],
    ['sfence.vma', {}, { privilege: 'S', status: (field) => field === 'TVM' }, [`raise 2 ${0x1200_0073}`]],
    ['wfi', {}, { privilege: 'U' }, [`raise 2 ${0x1050_0073}`]],
    ['ecall', {}, { privilege: 'U' }, ['raise 8 0']],
    ['ecall', {}, { privilege: 'S' }, ['raise 9 0']],
    ['ecall', {}, { privilege: 'U', virtual: true }, ['raise 8 0']],
    ['ecall', {}, { privilege: 'S', virtual: true }, ['raise 10 0']],
    ['sret', {}, { privilege: 'U', virtual: true }, [`raise 22 ${0x1020_0073}`]],
    [
      'sret',
      {},
      { privilege: 'S', virtual: true, status: (field) => field === 'VTSR' },
      [`raise 22 ${0x1020_0073}`],
    ],
    ['wfi', {}, { privilege: 'U', virtual: true }, [`raise 22 ${0x1050_0073}`]],
    [
      'wfi',
      {},
      { privilege: 'S', virtual: true, status: (field) => field === 'VTW' },
      [`raise 22 ${0x1050_0073}`],
    ],
    // TW goes before VTW, in VU-mode too.
    ['wfi', {}, { privilege: 'S', virtual: true, status: () => true }, [`raise 2 ${0x1050_0073}`]],
    ['wfi', {}, { privilege: 'U', virtual: true, status: () => true }, [`raise 2 ${0x1050_0073}`]],
    ['sfence.vma', {}, { privilege: 'U', virtual: true }, [`raise 22 ${0x1200_0073}`]],
    [
      'sfence.vma',
      {},
      { privilege: 'S', virtual: true, status: (field) => field === 'VTVM' },
      [`raise 22 ${0x1200_0073}`],
    ],
    ['hlv.b', {}, { privilege: 'U' }, [`raise 2 ${0x6000_4073}`]],
    ['hlv.b', {}, { privilege: 'U', virtual: true }, [`raise 22 ${0x6000_4073}`]],
    ['hsv.b', {}, { privilege: 'S', virtual: true }, [`raise 22 ${0x6200_4073}`]],
    ['hfence.vvma', {}, { privilege: 'S', virtual: true }, [`raise 22 ${0x2200_0073}`]],
    ['hfence.vvma', {}, { privilege: 'U' }, [`raise 2 ${0x2200_0073}`]],
    ['hfence.gvma', {}, { privilege: 'S', status: (field) => field === 'TVM' }, [`raise 2 ${0x6200_0073}`]],
    ['hlv.b', {}, { guest: undefined }, [`raise 2 ${0x6000_4073}`]],
    ['hfence.gvma', {}, { guest: undefined }, [`raise 2 ${0x6200_0073}`]],
    // No link is left behind by a jump that traps.
    ['jalr', { rd: 1, rs1: 2 }, { instructionAlignment: 4 }, ['raise 0 2']],
    ['jal', { rd: 1, imm: 6 }, { instructionAlignment: 4 }, [`raise 0 ${0x1006}`]],
    ['beq', { imm: 2 }, { instructionAlignment: 4 }, [`raise 0 ${0x1002}`]],
  ])('%s %o stops at a trap', (name, operands, more, expected) => {
    const { log, context } = notebook(more)
    const evaluator = new Evaluator(context)
    expect(evaluator.run(decoded(name, operands))).toBeUndefined()
    expect(evaluator.trapped || log.length > 0).toBe(true)
    expect(log).toEqual(expected)
  })

  test('a branch that is not taken traps never', () => {
    const { log, context } = notebook({ instructionAlignment: 4 })
    expect(evaluate(decoded('bne', { imm: 2 }), context)).toBe(0x1004n)
    expect(log).toEqual([])
  })

  test('guards let M-mode through whatever the status says', () => {
    const { log, context } = notebook({ status: () => true })
    for (const name of ['sret', 'wfi', 'sfence.vma']) evaluate(decoded(name), context)
    expect(log).toEqual(['return S', 'wfi', 'sfence undefined undefined'])
  })

  test.each<[string, Partial<EvaluatorContext>, string[]]>([
    ['sret', { privilege: 'S', virtual: true, status: (field) => field === 'TSR' }, ['return S']],
    ['sret', { privilege: 'S', status: (field) => field === 'VTSR' }, ['return S']],
    ['wfi', { privilege: 'S', status: (field) => field === 'VTW' }, ['wfi']],
    [
      'sfence.vma',
      { privilege: 'S', virtual: true, status: (field) => field === 'TVM' },
      ['sfence undefined undefined'],
    ],
    [
      'hfence.vvma',
      { privilege: 'S', status: (field) => field === 'TVM' || field === 'VTVM' },
      ['guest fence VS undefined undefined'],
    ],
    ['hsv.b', { privilege: 'U', status: (field) => field === 'HU' }, ['guest store 1 0 0']],
  ])('%s is not stopped by fields of another mode: %o', (name, more, expected) => {
    const { log, context } = notebook(more)
    evaluate(decoded(name), context)
    expect(log).toEqual(expected)
  })

  test('is used again after a trap', () => {
    const { context } = notebook()
    const evaluator = new Evaluator(context)
    evaluator.run(decoded('ecall'))
    expect(evaluator.trapped).toBe(true)
    expect(evaluator.run(decoded('addi', { rd: 1, imm: 1 }))).toBe(0x1004n)
    expect(evaluator.trapped).toBe(false)
  })

  test('the pc wraps', () => {
    const { context } = notebook({ pc: 0xffff_ffff_ffff_fffcn })
    expect(evaluate(decoded('addi'), context)).toBe(0n)
  })
})
