import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../decode.ts'
import { disassemble } from '../disassemble.ts'
import { Evaluator, type EvaluatorContext } from '../evaluator.ts'
import { assemble } from './assemble.ts'
import { AssemblyError, type AssemblyErrorCode } from './assembly-error.ts'

/** The code as text again, four bytes an instruction. */
function listing(source: string, origin = 0n, symbols: Record<string, bigint> = {}): string[] {
  const { bytes } = assemble(source, { origin, symbols })
  const view = new DataView(bytes.buffer)
  return Array.from({ length: bytes.length / 4 }, (_, i) => disassemble(view.getUint32(4 * i, true)))
}

const bytesOf = (source: string, origin = 0n) => [...assemble(source, { origin }).bytes]

describe('pseudo-instructions', () => {
  test.each([
    ['nop', 'addi zero,zero,0'],
    ['mv a0, a1', 'addi a0,a1,0'],
    ['not a0, a1', 'xori a0,a1,-1'],
    ['neg a0, a1', 'sub a0,zero,a1'],
    ['negw a0, a1', 'subw a0,zero,a1'],
    ['sext.w a0, a1', 'addiw a0,a1,0'],
    ['seqz a0, a1', 'sltiu a0,a1,1'],
    ['snez a0, a1', 'sltu a0,zero,a1'],
    ['sltz a0, a1', 'slt a0,a1,zero'],
    ['sgtz a0, a1', 'slt a0,zero,a1'],
    ['beqz a0, .+8', 'beq a0,zero,.+8'],
    ['bnez a0, .+8', 'bne a0,zero,.+8'],
    ['blez a0, .+8', 'bge zero,a0,.+8'],
    ['bgez a0, .+8', 'bge a0,zero,.+8'],
    ['bltz a0, .+8', 'blt a0,zero,.+8'],
    ['bgtz a0, .+8', 'blt zero,a0,.+8'],
    ['bgt a0, a1, .+8', 'blt a1,a0,.+8'],
    ['ble a0, a1, .+8', 'bge a1,a0,.+8'],
    ['bgtu a0, a1, .+8', 'bltu a1,a0,.+8'],
    ['bleu a0, a1, .+8', 'bgeu a1,a0,.+8'],
    ['j .-4', 'jal zero,.-4'],
    ['jal .-4', 'jal ra,.-4'],
    ['jr a0', 'jalr zero,0(a0)'],
    ['jr 8(a0)', 'jalr zero,8(a0)'],
    ['jalr a0', 'jalr ra,0(a0)'],
    ['jalr t0, a0', 'jalr t0,0(a0)'],
    ['jalr t0, a0, 4', 'jalr t0,4(a0)'],
    ['ret', 'jalr zero,0(ra)'],
    ['fence', 'fence iorw,iorw'],
    ['csrr a0, mstatus', 'csrrs a0,mstatus,zero'],
    ['csrw mstatus, a0', 'csrrw zero,mstatus,a0'],
    ['csrs mstatus, a0', 'csrrs zero,mstatus,a0'],
    ['csrc mstatus, a0', 'csrrc zero,mstatus,a0'],
    ['csrwi 0x140, 31', 'csrrwi zero,sscratch,31'],
    ['csrsi sstatus, 2', 'csrrsi zero,sstatus,2'],
    ['csrci sstatus, 2', 'csrrci zero,sstatus,2'],
    ['rdcycle a0', 'csrrs a0,cycle,zero'],
    ['rdtime a0', 'csrrs a0,time,zero'],
    ['rdinstret a0', 'csrrs a0,instret,zero'],
    ['unimp', 'unimp'],
    ['sfence.vma a0', 'sfence.vma a0,zero'],
    ['add a0, a1, -5', 'addi a0,a1,-5'],
    ['sllw a0, a1, 3', 'slliw a0,a1,0x3'],
    ['lw a0, (a1)', 'lw a0,0(a1)'],
    ['amoadd.w.aq x10, x11, 0(x12)', 'amoadd.w.aq a0,a1,(a2)'],
    ['fmv.s ft0, ft1', 'fsgnj.s ft0,ft1,ft1'],
    ['fneg.d f8, f9', 'fsgnjn.d fs0,fs1,fs1'],
    ['fabs.d fa0, fa1', 'fsgnjx.d fa0,fa1,fa1'],
    ['fgt.s a0, fa1, fa2', 'flt.s a0,fa2,fa1'],
    ['fge.d a0, fa1, fa2', 'fle.d a0,fa2,fa1'],
    ['fmv.x.s a0, fa0', 'fmv.x.w a0,fa0'],
    ['fmv.s.x fa0, a0', 'fmv.w.x fa0,a0'],
    ['fadd.s fa0, fa1, fa2', 'fadd.s fa0,fa1,fa2'],
    ['fadd.s fa0, fa1, fa2, dyn', 'fadd.s fa0,fa1,fa2'],
    ['fsqrt.d fa0, fa1, rmm', 'fsqrt.d fa0,fa1,rmm'],
    ['fnmsub.s ft8, ft9, ft10, ft11, rup', 'fnmsub.s ft8,ft9,ft10,ft11,rup'],
    ['fcvt.wu.s a0, fa0, rdn', 'fcvt.wu.s a0,fa0,rdn'],
    ['fcvt.d.s fa0, fa1, rne', 'fcvt.d.s fa0,fa1'],
    ['flw fa0, (a1)', 'flw fa0,0(a1)'],
    ['frcsr a0', 'csrrs a0,fcsr,zero'],
    ['fscsr a0', 'csrrw zero,fcsr,a0'],
    ['fscsr a0, a1', 'csrrw a0,fcsr,a1'],
    ['frrm a0', 'csrrs a0,frm,zero'],
    ['fsrm a0, a1', 'csrrw a0,frm,a1'],
    ['fsrmi a0, 3', 'csrrwi a0,frm,3'],
    ['frflags a0', 'csrrs a0,fflags,zero'],
    ['fsflags a0', 'csrrw zero,fflags,a0'],
    ['fsflagsi 31', 'csrrwi zero,fflags,31'],
    ['lui a0, %hi(0x12345fff)', 'lui a0,0x12346'],
    ['addi a0, a0, %lo(0x12345fff)', 'addi a0,a0,-1'],
  ])('%s is %s', (source, expected) => {
    expect(listing(source)).toEqual([expected])
  })

  test('la, call and tail reach 2 GiB in both directions', () => {
    const far = { up: 0x1_7fff_f7ffn, down: 0x1_0000_0000n - 0x8000_0800n }
    expect(listing('la a0, up\nla a1, down', 0x1_0000_0000n, { up: far.up, down: far.down + 8n })).toEqual([
      'auipc a0,0x7ffff',
      'addi a0,a0,2047',
      'auipc a1,0x80000',
      'addi a1,a1,-2048',
    ])
    expect(
      listing('flw fa0, near, t0\nfsd fa1, here, t1', 0x1000n, { near: 0x1008n, here: 0x1000n }),
    ).toEqual(['auipc t0,0x0', 'flw fa0,8(t0)', 'auipc t1,0x0', 'fsd fa1,-8(t1)'])
    expect(() => listing('la a0, up', 0x1_0000_0000n, { up: far.up + 1n })).toThrow('more than 2 GiB away')
    expect(() => listing('call down', 0x1_0000_0000n, { down: far.down - 1n })).toThrow(
      'more than 2 GiB away',
    )
    expect(listing('call f\ntail f', 0n, { f: 0x1800n })).toEqual([
      'auipc ra,0x2',
      'jalr ra,-2048(ra)',
      'auipc t1,0x1',
      'jalr zero,2040(t1)',
    ])
  })

  test('%pcrel_lo speaks of the %pcrel_hi at its label, also before it is met', () => {
    expect(
      listing('j 1f\n2: addi a0, a0, %pcrel_lo(1f)\n1: auipc a0, %pcrel_hi(far)', 0n, { far: 0x12_3ffcn }),
    ).toEqual(['jal zero,.+8', 'addi a0,a0,-12', 'auipc a0,0x124'])
  })

  /** Runs straight-line code that only computes; gives a0. */
  function runs(source: string): bigint {
    const { bytes } = assemble(source)
    const x = Array<bigint>(32).fill(0n)
    const context = {
      pc: 0n,
      readX: (i: number) => x[i]!,
      writeX: (i: number, value: bigint) => {
        x[i] = value
      },
    } as unknown as EvaluatorContext
    const evaluator = new Evaluator(context)
    const view = new DataView(bytes.buffer)
    for (let i = 0; i < bytes.length; i += 4) evaluator.run(decode(view.getUint32(i, true))!)
    return x[10]!
  }

  test('li makes every constant, in at most eight instructions', () => {
    const edges = [11n, 12n, 31n, 32n, 63n].flatMap((bit) => [-2n, -1n, 0n, 1n].map((by) => (1n << bit) + by))
    const constants = fc.oneof(
      fc.constantFrom(...edges, ...edges.map((it) => -it).filter((it) => it >= -(1n << 63n))),
      fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }),
      fc.bigInt({ min: -(1n << 33n), max: 1n << 33n }),
    )
    fc.assert(
      fc.property(constants, (value) => {
        const source = `li a0, ${value}`
        expect(runs(source)).toBe(BigInt.asUintN(64, value))
        expect(assemble(source).bytes.length).toBeLessThanOrEqual(32)
      }),
      { seed: 1, numRuns: 1000 },
    )
  })
})

describe('labels, symbols and expressions', () => {
  test('labels go back and forth', () => {
    const { symbols } = assemble('start: nop\nloop: j end\n j loop\nend:', { origin: 0x100n })
    expect(Object.fromEntries(symbols)).toEqual({ start: 0x100n, loop: 0x104n, end: 0x10cn })
    expect(listing('start: nop\nloop: j end\n j loop\nend:')).toEqual([
      'addi zero,zero,0',
      'jal zero,.+8',
      'jal zero,.-4',
    ])
  })

  test('numeric labels are the nearest', () => {
    expect(listing('1: j 1f\n1: j 1b\n j 1b\n1: j 1b')).toEqual([
      'jal zero,.+4',
      'jal zero,.+0',
      'jal zero,.-4',
      'jal zero,.+0',
    ])
  })

  test.each([
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['1 << 4 | 3', 19],
    ['0xff & ~0xf', 0xf0],
    ['-7 / 2 + 10', 7],
    ["'A' + 1", 66],
    ["'\\n'", 10],
    ['0b101 ^ 1', 4],
    ['017', 15],
    ['10 % 4', 2],
    ['. + 1', 1],
    ['size * 2', 20],
    ['7 - 2 - 1', 4],
  ])('%s is %i', (expression, value) => {
    expect(bytesOf(`.byte ${expression}\n.equ size, 10`)[0]).toBe(value)
  })

  test('symbols may be given from outside', () => {
    expect(listing('li a0, base\nla a1, base', 0n, { base: 0x1000n })).toEqual([
      'lui a0,0x1',
      'auipc a1,0x1',
      'addi a1,a1,-4',
    ])
  })

  test('comments, several statements and CRLF lines', () => {
    expect(listing('nop # one\r\nnop // two\r\n/* a\nb */ nop; nop')).toHaveLength(4)
  })
})

describe('directives', () => {
  test.each([
    ['.byte 1, -1, 255', [1, 255, 255]],
    ['.half 0x1234', [0x34, 0x12]],
    ['.word 0x12345678', [0x78, 0x56, 0x34, 0x12]],
    ['.dword -2', [254, 255, 255, 255, 255, 255, 255, 255]],
    ['.ascii "a;#\\"\\x41\\101\\n"', [97, 59, 35, 34, 65, 65, 10]],
    ['.asciz "é", ""', [0xc3, 0xa9, 0, 0]],
    ['.zero 3', [0, 0, 0]],
    ['.zero 2, 7', [7, 7]],
    ['.byte 1\n.align 2\n.byte 2', [1, 0, 0, 0, 2]],
    ['.byte 1\n.balign 2\n.byte 2', [1, 0, 2]],
    ['.align 3', []],
    ['.byte 1\n.org 3\n.byte 2', [1, 0, 0, 2]],
    ['.globl x\n.text\nx: c.unimp', [0, 0]],
    ['c.nop', [1, 0]],
  ])('%s', (source, expected) => {
    expect(bytesOf(source)).toEqual(expected)
  })

  test('alignment is of the address, not of the offset', () => {
    expect(bytesOf('.align 2\n.byte 1', 0x8000_0002n)).toEqual([0, 0, 1])
  })
})

describe('errors', () => {
  test.each<[string, AssemblyErrorCode, number, number, string]>([
    [
      'nop\n addd a0,a1,a2',
      'ERR_ASSEMBLY_UNKNOWN_NAME',
      2,
      2,
      'unknown instruction addd; did you mean addi?',
    ],
    ['.bite 3', 'ERR_ASSEMBLY_UNKNOWN_NAME', 1, 1, 'unknown directive .bite; did you mean .byte?'],
    ['csrr a0, mstatsu', 'ERR_ASSEMBLY_UNKNOWN_NAME', 1, 10, 'unknown CSR mstatsu; did you mean mstatus?'],
    ['lui a0,%hii(3)', 'ERR_ASSEMBLY_UNKNOWN_NAME', 1, 8, 'unknown relocation %hii; did you mean %hi?'],
    ['j nowher\nnowhere:', 'ERR_ASSEMBLY_SYMBOL', 1, 3, 'undefined symbol nowher; did you mean nowhere?'],
    ['x: nop\nx: nop', 'ERR_ASSEMBLY_SYMBOL', 2, 1, 'x is defined twice'],
    ['addi a0,a0,%pcrel_lo(0)', 'ERR_ASSEMBLY_SYMBOL', 1, 12, '%pcrel_lo wants the label'],
    ['add a0, a1', 'ERR_ASSEMBLY_OPERAND', 1, 1, 'add takes rd,rs1,rs2 or rd,rs1,imm, not 2 operands'],
    ['ret a0', 'ERR_ASSEMBLY_OPERAND', 1, 1, 'ret takes nothing, not 1 operand'],
    ['sub a0, a1, q1', 'ERR_ASSEMBLY_OPERAND', 1, 13, 'expected a register, not q1; did you mean'],
    ['sw a0, 4', 'ERR_ASSEMBLY_OPERAND', 1, 8, 'expected offset(register), not 4'],
    ['lr.w a0, 4(a1)', 'ERR_ASSEMBLY_OPERAND', 1, 10, 'expected (register) without an offset'],
    ['c.lwsp a0, 4(a1)', 'ERR_ASSEMBLY_OPERAND', 1, 14, 'expected sp, not a1'],
    ['fence wr,r', 'ERR_ASSEMBLY_OPERAND', 1, 7, 'expected some of iorw, in this order, not wr'],
    ['la a0', 'ERR_ASSEMBLY_OPERAND', 1, 1, 'la takes rd,symbol, not 1 operands'],
    ['.zero', 'ERR_ASSEMBLY_OPERAND', 1, 1, '.zero takes 1 to 2 operands, not 0'],
    ['addi a0, a0, 2048', 'ERR_ASSEMBLY_RANGE', 1, 14, 'imm of addi must be from -2048 to 2047, not 2048'],
    ['beq a0, a1, .+4096', 'ERR_ASSEMBLY_RANGE', 1, 13, 'imm of beq must be from -4096 to 4094'],
    ['c.add a0, zero', 'ERR_ASSEMBLY_RANGE', 1, 1, 'reserved encoding'],
    ['lui a0, 0x100000', 'ERR_ASSEMBLY_RANGE', 1, 9, 'an upper immediate has 20 bits'],
    ['li a0, 1 << 64', 'ERR_ASSEMBLY_RANGE', 1, 8, 'has more than 64 bits'],
    ['.byte 256', 'ERR_ASSEMBLY_RANGE', 1, 7, '256 has more than 8 bits'],
    ['.zero 1 << 40', 'ERR_ASSEMBLY_RANGE', 1, 7, 'must be from 0 to 268435456'],
    ['.balign 3', 'ERR_ASSEMBLY_RANGE', 1, 9, 'alignment must be a power of two'],
    ['nop\n.org 2', 'ERR_ASSEMBLY_RANGE', 2, 6, '.org goes forward only'],
    ['.word 1 +', 'ERR_ASSEMBLY_SYNTAX', 1, 10, 'expected a value'],
    ['.word (1', 'ERR_ASSEMBLY_SYNTAX', 1, 9, 'expected )'],
    ['.word 1 / 0', 'ERR_ASSEMBLY_SYNTAX', 1, 12, 'division by zero'],
    ['.word 1 @ 2', 'ERR_ASSEMBLY_SYNTAX', 1, 9, 'cannot read @ 2'],
    ['.ascii hello', 'ERR_ASSEMBLY_SYNTAX', 1, 8, 'expected a "string", not hello'],
    ['.ascii "\\q"', 'ERR_ASSEMBLY_SYNTAX', 1, 8, 'unknown escape \\q in a string'],
    ['3x: nop', 'ERR_ASSEMBLY_SYNTAX', 1, 1, '3x is no name for a symbol'],
    ['constructor', 'ERR_ASSEMBLY_UNKNOWN_NAME', 1, 1, 'unknown instruction constructor'],
  ])('of %s', (source, code, line, column, text) => {
    const error = (() => {
      try {
        assemble(source)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toBeInstanceOf(AssemblyError)
    expect(error).toMatchObject({ code, line, column })
    expect((error as Error).message).toContain(text)
  })

  test('nothing but AssemblyError is thrown, whatever the source', () => {
    const words = fc.constantFrom(
      ...'add li la lw .word .ascii .align .equ .org a0 sp x: 1: 1b 1f . , ( ) "a" "  \' %hi %pcrel_lo + - << % # // /* */ ; 0x 0xff 99999999999999999999'.split(
        ' ',
      ),
      '\n',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(words).map((it) => it.join(' ')),
          fc.string(),
        ),
        (source) => {
          try {
            assemble(source)
          } catch (error) {
            expect(error).toBeInstanceOf(AssemblyError)
          }
        },
      ),
      { seed: 1, numRuns: 2000 },
    )
  })
})
