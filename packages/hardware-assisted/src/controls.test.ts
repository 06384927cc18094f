import { HypervisorError } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import { exitsOf } from '../test/exits-of.ts'
import { type Controls, completeControls, controlRegisters, defaultControls } from './controls.ts'

const letter = (value: string): string => `li x6, 0x10000000\nli x7, ${value.charCodeAt(0)}\nsb x7, 0(x6)`

/** Raises an exception in S-mode and prints a letter in the handler, if its cause is the expected one. */
const faulting = (fault: string, cause: number): string => `
  la x5, handler
  csrw stvec, x5
  ${fault}
never: j never
.align 2
handler:
  csrr x5, scause
  li x6, ${cause}
  bne x5, x6, never
  ${letter('X')}`

/** Runs an instruction in user mode; prints a letter in the handler. */
const inUser = (code: string): string => `
  la x5, user
  csrw sepc, x5
  la x5, handler
  csrw stvec, x5
  sret
user: ${code}
.align 2
handler: ${letter('X')}`

/** Sv39 with the gigapage of this code only; then something at another gigapage. */
const paged = (access: string): string => `
  li x5, 0x80300000
  li x6, 0x200000cf
  sd x6, 16(x5)
  li x6, 0x8000000000080300
  csrw satp, x6
  la x5, handler
  csrw stvec, x5
  li x5, 0x40000000
  ${access}
never: j never
.align 2
handler:
  csrw satp, x0
  ${letter('X')}`

const TIMER = `
  li x5, 0x20
  csrw sie, x5
  la x5, handler
  csrw stvec, x5
  csrsi sstatus, 2
  rdtime x5
  addi x5, x5, 50
  csrw stimecmp, x5
spin: j spin
.align 2
handler: ${letter('X')}`

/** The same through the firmware. */
const FIRMWARE_TIMER = TIMER.replace('csrw stimecmp, x5', 'mv a0, x5\nli a7, 0x54494d45\nli a6, 0\necall')

describe('each control, in both positions', () => {
  test.each<[string, string, Partial<Controls>, Record<string, number>, Record<string, number>]>([
    [
      'illegal instructions',
      faulting('.word 0', 2),
      { exceptionExits: ['illegalInstruction'] },
      {},
      { guestFault: 1 },
    ],
    ['breakpoints', faulting('ebreak', 3), { exceptionExits: ['breakpoint'] }, {}, { guestFault: 1 }],
    [
      'misaligned atomics',
      faulting('li x5, 0x80300001\nlr.d x6, (x5)', 4),
      { exceptionExits: ['loadAddressMisaligned'] },
      {},
      { guestFault: 1 },
    ],
    [
      'misaligned atomics that store',
      faulting('li x5, 0x80300002\nsc.w x6, x6, (x5)', 6),
      { exceptionExits: ['storeAddressMisaligned'] },
      {},
      { guestFault: 1 },
    ],
    // Outside the VM's memory there is nothing to delegate: the monitor has to look what is there, in both positions.
    [
      'fetches from nowhere',
      faulting('li x5, 0x40000000\njr x5', 1),
      { exceptionExits: ['instructionAccessFault'] },
      { guestFault: 1 },
      { guestFault: 1 },
    ],
    [
      'loads from nowhere',
      faulting('li x5, 0x40000000\nld x6, 0(x5)', 5),
      { exceptionExits: ['loadAccessFault'] },
      { mmioRead: 1 },
      { mmioRead: 1 },
    ],
    [
      'stores to nowhere',
      faulting('li x5, 0x40000000\nsd x6, 0(x5)', 7),
      { exceptionExits: ['storeAccessFault'] },
      { mmioWrite: 1 },
      { mmioWrite: 1 },
    ],
    // Every guest has compressed instructions: JALR drops the one bit that could be wrong.
    [
      'jumps to an odd address',
      `la x5, 1f\njr 1(x5)\n1: ${letter('X')}`,
      { exceptionExits: ['instructionAddressMisaligned'] },
      {},
      {},
    ],
    [
      'system calls',
      inUser('ecall'),
      { exceptionExits: ['environmentCallFromU'] },
      {},
      { guestSystemCall: 1 },
    ],
    [
      'page faults of loads',
      paged('ld x6, 0(x5)'),
      { exceptionExits: ['loadPageFault'] },
      {},
      { guestPageFault: 1 },
    ],
    [
      'page faults of stores',
      paged('sd x6, 0(x5)'),
      { exceptionExits: ['storePageFault'] },
      {},
      { guestPageFault: 1 },
    ],
    [
      'page faults of fetches',
      paged('jr x5'),
      { exceptionExits: ['instructionPageFault'] },
      {},
      { guestPageFault: 1 },
    ],
    ['the time', `rdtime x5\n${letter('X')}`, { counters: [] }, {}, { csrAccess: 1 }],
    ['cycles', `rdcycle x5\n${letter('X')}`, { counters: ['cycle'] }, { csrAccess: 1 }, {}],
    ['instructions', `rdinstret x5\n${letter('X')}`, { counters: ['instret'] }, { csrAccess: 1 }, {}],
    ['stimecmp, with the time', TIMER, { counters: [] }, {}, { csrAccess: 2 }],
    [
      'WFI',
      `csrsi sie, 2\ncsrsi sip, 2\nwfi\n${letter('X')}`,
      { waitExits: false },
      { waitForInterrupt: 1 },
      {},
    ],
    [
      'address spaces',
      `csrr x5, satp\ncsrw satp, x5\nsfence.vma\n${letter('X')}`,
      { translationExits: true },
      {},
      { csrAccess: 2, translationFence: 1 },
    ],
    ['SRET', inUser('ecall'), { returnExits: true }, {}, { trapReturn: 1 }],
    [
      'memory, by its pages',
      `li x5, 0x80300000\nsd x5, 0(x5)\nli x5, 0x80340000\nsd x5, 0(x5)\n${letter('X')}`,
      { largestPage: 4096 },
      {},
      { nestedFault: 2 },
    ],
  ])('%s', (_name, program, controls, usual, controlled) => {
    const always = { nestedFault: 1, sbiCall: 1, mmioWrite: 1 }
    const sum = (more: Record<string, number>): Record<string, number> => {
      const exits: Record<string, number> = { ...always }
      for (const [kind, count] of Object.entries(more)) exits[kind] = (exits[kind] ?? 0) + count
      return exits
    }
    expect(exitsOf(program)).toEqual({ exits: sum(usual), text: 'X' })
    expect(exitsOf(program, controls)).toEqual({ exits: sum(controlled), text: 'X' })
  })

  test('the timer: with one of its own a guest need not exit, without it has none', () => {
    expect(exitsOf(TIMER)).toEqual({ exits: { nestedFault: 1, sbiCall: 1, mmioWrite: 1 }, text: 'X' })
    expect(exitsOf(FIRMWARE_TIMER)).toMatchObject({ exits: { sbiCall: 2 }, text: 'X' })
    const { exits } = exitsOf(faulting('csrr x5, stimecmp', 2), { guestTimer: false })
    expect(exits).toEqual({ nestedFault: 1, sbiCall: 1, mmioWrite: 1, csrAccess: 1 })
    expect(exitsOf(FIRMWARE_TIMER, { guestTimer: false })).toMatchObject({
      exits: { sbiCall: 2, preemption: 1 },
      text: 'X',
    })
  })

  test('WFI that does not exit keeps the hart until the timer of the guest goes off', () => {
    const wait = TIMER.replace('spin: j spin', 'spin: wfi\nj spin')
    expect(exitsOf(wait)).toMatchObject({ exits: { waitForInterrupt: 1 }, text: 'X' })
    const { exits, text } = exitsOf(wait, { waitExits: false })
    expect([exits.waitForInterrupt, text]).toEqual([undefined, 'X'])
  })
})

describe('controls', () => {
  test('are complete with nothing said', () => {
    expect(completeControls({})).toEqual(defaultControls)
    // As data: they survive a trip through JSON.
    expect(completeControls(JSON.parse(JSON.stringify(defaultControls)))).toEqual(defaultControls)
  })

  test('are registers of the hart', () => {
    const registers = controlRegisters(
      completeControls({
        exceptionExits: ['illegalInstruction'],
        counters: ['cycle', 'instret'],
        waitExits: false,
        translationExits: true,
        returnExits: true,
      }),
      true,
    )
    expect(registers).toEqual({
      hedeleg: 0xb1ffn & ~4n,
      hcounteren: 5n,
      hstatus: (1n << 20n) | (1n << 22n),
      henvcfg: (1n << 63n) | (1n << 61n),
    })
  })

  test.each<[string, unknown, string]>([
    ['a control that there is not', { wfi: true }, 'there is no control wfi; there are exceptionExits'],
    ['an exception that there is not', { exceptionExits: ['nmi'] }, 'exceptionExits names nmi'],
    ['an exception that always exits', { exceptionExits: ['virtualInstruction'] }, 'exceptionExits names'],
    ['exceptions that are no list', { exceptionExits: 'breakpoint' }, 'give a list'],
    ['a counter that there is not', { counters: ['hpm3'] }, 'counters names hpm3; there are cycle, time'],
    ['a position that is neither', { waitExits: 1 }, 'waitExits is 1: give true or false'],
    ['a page of no size', { largestPage: 8192 }, 'largestPage is 8192: give 4096, 2097152, 1073741824'],
  ])('refuse %s', (_name, controls, message) => {
    expect(() => completeControls(controls as Partial<Controls>)).toThrow(message)
    expect(() => completeControls(controls as Partial<Controls>)).toThrow(HypervisorError)
  })
})
