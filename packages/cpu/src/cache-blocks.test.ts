import { describe, expect, test } from 'vitest'
import { board, Csr, ENTRY, engines } from '../test/board.ts'
import { type HartExtension, hartExtensions } from './hart-options.ts'
import { ExceptionCause } from './trap.ts'

const SENVCFG = 0x10a
const HENVCFG = 0x60a
const CBIE = 3n << 4n
const CBCFE = 1n << 6n
const CBZE = 1n << 7n
const DATA = 0x8001_0000
const VA = 0x4000_0000n
const ILLEGAL = ExceptionCause.illegalInstruction
const VIRTUAL = ExceptionCause.virtualInstruction

type Mode = 'U' | 'S' | 'M' | 'VU' | 'VS'

describe.each(engines)('cache-block instructions on the %s', (engine) => {
  /** Runs one instruction on the block at `a0`; the cause of the trap, or undefined. */
  const cause = (
    code: string,
    mode: Mode,
    [menvcfg, senvcfg, henvcfg]: readonly [bigint, bigint, bigint],
    extensions: readonly HartExtension[] = hartExtensions,
  ) => {
    const { hart } = board(code, { engine, monitor: 'M', extensions })
    hart.writeCsr(Csr.menvcfg, menvcfg)
    hart.writeCsr(SENVCFG, senvcfg)
    if (hart.hasCsr(HENVCFG)) hart.writeCsr(HENVCFG, henvcfg)
    hart.writeX(10, BigInt(DATA))
    hart.privilege = mode.at(-1) as 'U' | 'S' | 'M'
    hart.virtual = mode.length === 2
    return hart.run(1).trap?.cause
  }

  test.each([
    ['cbo.zero (a0)', CBZE],
    ['cbo.clean (a0)', CBCFE],
    ['cbo.flush (a0)', CBCFE],
    ['cbo.inval (a0)', CBIE],
    ['cbo.inval (a0)', 1n << 4n],
  ])('%s is legal where the environment says %i', (code, field) => {
    const all = [field, field, field] as const
    for (const mode of ['U', 'S', 'M', 'VU', 'VS'] as const) expect(cause(code, mode, all)).toBe(undefined)
    expect(cause(code, 'M', [0n, 0n, 0n])).toBe(undefined)
    for (const mode of ['U', 'S', 'VU', 'VS'] as const)
      expect(cause(code, mode, [~field, field, field])).toBe(ILLEGAL)
    expect(cause(code, 'S', [field, 0n, 0n])).toBe(undefined)
    expect(cause(code, 'U', [field, 0n, field])).toBe(ILLEGAL)
    expect(cause(code, 'VS', [field, field, 0n])).toBe(VIRTUAL)
    expect(cause(code, 'VS', [field, 0n, field])).toBe(undefined)
    expect(cause(code, 'VU', [field, 0n, field])).toBe(VIRTUAL)
    expect(cause(code, 'VU', [field, field, 0n])).toBe(VIRTUAL)
  })

  test.each([
    ['cbo.zero (a0)', 'Zicboz'],
    ['cbo.clean (a0)', 'Zicbom'],
    ['wrs.sto', 'Zawrs'],
    ['sinval.vma zero, zero', 'Svinval'],
    ['hinval.gvma zero, zero', 'Svinval'],
    ['hinval.vvma zero, zero', 'H'],
    ['czero.eqz a0, a0, a1', 'Zicond'],
    ['clmul a0, a0, a1', 'Zbc'],
    ['sh1add a0, a0, a1', 'Zba'],
    ['rev8 a0, a0', 'Zbb'],
    ['bset a0, a0, a1', 'Zbs'],
  ] as const)('%s needs %s', (code, extension) => {
    const without = hartExtensions.filter((name) => name !== extension)
    expect(cause(code, 'M', [0n, 0n, 0n])).toBe(undefined)
    expect(cause(code, 'M', [0n, 0n, 0n], without)).toBe(ILLEGAL)
  })

  test('CBIE = 2 is reserved and not taken', () => {
    const { hart } = board('nop', { engine })
    hart.writeCsr(Csr.menvcfg, 1n << 4n)
    hart.writeCsr(Csr.menvcfg, (2n << 4n) | CBZE)
    expect(hart.readCsr(Csr.menvcfg)).toBe((1n << 4n) | CBZE)
  })

  /** A page of RAM at {@link VA}, mapped with some permissions, in S-mode. */
  const mapped = (code: string, bits: bigint) => {
    const { hart, memory } = board(code, { engine, monitor: 'M' })
    const write = (address: number, value: bigint) =>
      memory.writeRam(address, new Uint8Array(new BigUint64Array([value]).buffer))
    const root = 0x8002_0000
    write(root + 8, (0x8_0021n << 10n) | 1n)
    write(root + 16, 0x2000_00cfn)
    write(0x8002_1000, (0x8_0022n << 10n) | 1n)
    write(0x8002_2000, (0x8_0010n << 10n) | bits)
    hart.writeCsr(Csr.menvcfg, CBZE | CBCFE)
    hart.writeCsr(Csr.satp, (8n << 60n) | 0x8_0020n)
    hart.privilege = 'S'
    hart.writeX(10, VA + 77n)
    memory.writeRam(DATA, new Uint8Array(256).fill(0xff))
    return { hart, memory }
  }
  const bytes = (memory: ReturnType<typeof mapped>['memory']) => {
    const block = new Uint8Array(256)
    memory.readRam(DATA, block)
    return block
  }

  test('cbo.zero stores zeros to the whole block and nothing else', () => {
    const { hart, memory } = mapped('cbo.zero (a0)\ncbo.zero (a0)', 0xc7n)
    hart.run(1)
    const expected = new Uint8Array(256).fill(0xff).fill(0, 64, 128)
    expect(bytes(memory)).toEqual(expected)
    // Again, by the translation that is cached now.
    memory.writeRam(DATA + 64, new Uint8Array(64).fill(1))
    hart.run(1)
    expect(bytes(memory)).toEqual(expected)
  })

  test.each([
    ['cbo.zero (a0)', 'a page that is not there', 0n, ExceptionCause.storePageFault],
    ['cbo.zero (a0)', 'a page that cannot be written', 0xc3n, ExceptionCause.storePageFault],
    ['cbo.zero (a0)', 'a page that is clean', 0x47n, ExceptionCause.storePageFault],
    ['cbo.clean (a0)', 'a page that is not there', 0n, ExceptionCause.storePageFault],
    ['cbo.clean (a0)', 'a page that was not accessed', 0x83n, ExceptionCause.storePageFault],
    ['cbo.flush (a0)', 'a page that can only be executed', 0xc9n, ExceptionCause.storePageFault],
    ['cbo.clean (a0)', 'a page that can only be read', 0x43n, undefined],
    ['cbo.flush (a0)', 'a page that is clean', 0x47n, undefined],
  ])('%s on %s', (code, _page, bits, expected) => {
    const { hart, memory } = mapped(code, bits)
    const { trap } = hart.run(1)
    expect(trap?.cause).toBe(expected)
    if (trap !== undefined) expect(trap.tval).toBe(VA + 77n)
    expect(bytes(memory)).toEqual(new Uint8Array(256).fill(0xff))
  })

  test.each(['cbo.zero (a0)', 'cbo.clean (a0)'])('%s on a device faults', (code) => {
    const { hart } = board(code, { engine, monitor: 'M', bus: { read: () => 0n, write: () => true } })
    hart.writeX(10, 0x1000_0000n)
    hart.writeCsr(Csr.medeleg, 0n)
    hart.writeCsr(Csr.mtvec, ENTRY)
    expect(hart.run(1).trap?.cause).toBe(ExceptionCause.storeAccessFault)
  })

  test('cbo.zero of code takes effect on the next instruction', () => {
    const { hart } = board('la a0, 1f\ncbo.zero (a0)\nj 1f\n.align 6\n1: nop\nnop', { engine, monitor: 'M' })
    hart.run(4)
    hart.pc = ENTRY
    expect(hart.run(5).trap).toMatchObject({ cause: ILLEGAL, pc: ENTRY + 64n, tval: 0n })
  })

  test('wrs ends the run while a reservation holds and nothing is pending', () => {
    const { hart } = board('wrs.sto\nla a0, 1f\nlr.w a1, (a0)\nwrs.nto\nwrs.sto\n.align 3\n1: .dword 0', {
      engine,
    })
    expect(hart.run(5)).toMatchObject({ reason: 'wrs', steps: 5 })
    hart.writeCsr(Csr.mie, 2n)
    hart.setInterruptLine(1, true)
    expect(hart.run(1)).toMatchObject({ reason: 'budget', steps: 1 })
  })

  test.each([
    ['wrs.nto', 'S', ILLEGAL],
    ['wrs.sto', 'S', undefined],
    ['wrs.nto', 'M', undefined],
  ] as const)('%s with TW and a reservation in %s-mode', (code, mode, expected) => {
    const { hart } = board(`la a0, 1f\nlr.w a1, (a0)\n${code}\n.align 3\n1: .dword 0`, {
      engine,
      monitor: 'M',
    })
    hart.run(3)
    hart.writeCsr(Csr.mstatus, 1n << 21n)
    hart.privilege = mode
    expect(hart.run(1).trap?.cause).toBe(expected)
  })
})
