import { bootargs, computePrograms, programElf, readResult } from '@worldswitch/compute-programs'
import { describe, expect, test } from 'vitest'
import { exitProgramElf, exitPrograms } from './exit-programs.ts'
import { inVsMode } from './in-vs-mode.ts'
import { guestFor, machineWith } from './test-guest.ts'

const STEPS = { maxSteps: 20_000_000 }
const right = { reason: 'poweroff', code: 0 }

describe.each(['interpreter', 'translator'] as const)('on engine %s', (engine) => {
  const hart = { engine }

  test.each(exitPrograms)('$name exits as often as it says, and every answer is right', async (program) => {
    const { name, checksum, operations } = program
    const kernel = await inVsMode(await exitProgramElf(name))
    const { machine, text } = machineWith(kernel, { bootargs: bootargs({ rounds: 1 }), hart })
    expect(await machine.run(STEPS)).toMatchObject(right)
    expect(text()).toContain(`@bench end ${name} checksum=${checksum}`)
    const { exceptions } = machine.counters().traps
    const exits = name === 'device' ? exceptions[21] + exceptions[23] : exceptions[10]
    expect(exits).toBeGreaterThanOrEqual(operations)
    if (name === 'firmware') expect(exceptions[9]).toBeGreaterThanOrEqual(operations)
  })

  test('a program that computes comes to the same, through two stages of translation', async () => {
    const [{ name, checksum }] = computePrograms
    const kernel = await inVsMode(await programElf(name))
    const { machine, text } = machineWith(kernel, { bootargs: bootargs({ rounds: 1 }), hart })
    expect(await machine.run({ maxSteps: 60_000_000 })).toMatchObject(right)
    expect(readResult(text())).toEqual({ name, status: 'ok', checksum })
  })
})

test('engines count the same steps', async () => {
  const kernel = await inVsMode(await exitProgramElf('device'))
  const counts = []
  for (const engine of ['interpreter', 'translator', 'auto'] as const) {
    const { machine } = machineWith(kernel, { bootargs: bootargs({ rounds: 1 }), hart: { engine } })
    await machine.run(STEPS)
    counts.push(machine.counters())
  }
  expect(counts[1]).toEqual(counts[0])
  expect(counts[2]).toEqual(counts[0])
})

/** Registers s0 and s1 are what a trap must have said: cause and value. Otherwise the guest ends with a failure. */
const expectTrap = `
  la t0, trapped
  csrw stvec, t0
  j go
  .balign 4
trapped:
  csrr t0, scause
  bne t0, s0, wrong
  csrr t0, stval
  bne t0, s1, wrong
  j right
go:
`

describe('what a guest does not have', () => {
  test.each([
    ['memory of the shim, to load', 'li s0, 5\n li s1, SHIM', 'ld t1, 0(s1)'],
    ['memory of the shim, to store', 'li s0, 7\n li s1, SHIM', 'sd t1, 0(s1)'],
    ['memory of the shim, to execute', 'li s0, 1\n li s1, SHIM', 'jr s1'],
    ['a device that is not there', 'li s0, 5\n li s1, NOWHERE', 'lw t1, 0(s1)'],
    ['a device that is not there, to store', 'li s0, 7\n li s1, NOWHERE', 'sw t1, 0(s1)'],
    ['code in a device', 'li s0, 1\n li s1, UART', 'jr s1'],
    ['atomic accesses to a device', 'li s0, 7\n li s1, PLIC', 'amoadd.w t1, t2, (s1)'],
    ['floating-point loads from a device', 'li s0, 5\n li s1, PLIC', 'flw f1, 0(s1)'],
    ['the hypervisor extension', 'li s0, 2\n li s1, 0x680022f3', 'csrr t0, hgatp'],
  ])('%s', async (_what, values, access) => {
    const { machine, text } = await guestFor(
      `${values}\n${expectTrap}\nli t1, 0x6000\n csrs sstatus, t1\n${access}\n j wrong`,
    )
    expect({ ...(await machine.run(STEPS)), text: text() }).toMatchObject({ ...right, text: '' })
  })
})

test('an exception that it injects is as the hart makes one: previous mode and interrupt enable', async () => {
  const { machine } = await guestFor(`
    la t0, trapped
    csrw stvec, t0
    csrsi sstatus, 2
    li s1, NOWHERE
    lw t1, 0(s1)
    j wrong
    .balign 4
  trapped:
    csrr t0, sstatus
    andi t0, t0, 0x122
    li t1, 0x120           # SPP and SPIE, no SIE
    bne t0, t1, wrong
    csrr t0, sepc
    addi t0, t0, 4
    csrw sepc, t0
    j right`)
  expect(await machine.run(STEPS)).toMatchObject(right)
})

describe('devices are there for every form of access', () => {
  // The UART's scratch register, and the PLIC's priorities.
  test.each([
    ['bytes with sign', 'li s1, UART\n li t0, 0x80\n sb t0, 7(s1)\n lb t1, 7(s1)', -128],
    ['bytes without sign', 'li s1, UART\n li t0, 0x80\n sb t0, 7(s1)\n lbu t1, 7(s1)', 128],
    ['words', 'li s1, PLIC\n li t0, 5\n sw t0, 4(s1)\n lwu t1, 4(s1)', 5],
    ['compressed words', 'li s1, PLIC\n li a0, 6\n c.sw a0, 4(s1)\n c.lw a1, 4(s1)\n mv t1, a1', 6],
    ['the stack pointer', 'li sp, PLIC\n li a0, 3\n c.swsp a0, 4(sp)\n c.lwsp a1, 4(sp)\n mv t1, a1', 3],
    ['x0', 'li s1, PLIC\n lw x0, 4(s1)\n mv t1, x0', 0],
  ])('%s', async (_what, access, value) => {
    const { machine } = await guestFor(`${access}\n li t0, ${value}\n bne t0, t1, wrong\n j right`)
    expect(await machine.run(STEPS)).toMatchObject(right)
  })
})

const call = (extension: string, id: number, first = '0'): string =>
  `li a7, ${extension}\n li a6, ${id}\n li a0, ${first}\n li a1, 0\n ecall\n`

describe('SBI', () => {
  test.each([
    ['the console of the firmware is not offered', `${call('BASE', 3, '0x4442434e')} bnez a1, wrong`],
    ['the timer is', `${call('BASE', 3, 'TIME')} beqz a1, wrong`],
    ['other harts are not started', `${call('HSM', 0, '1')} li t0, -2\n bne a0, t0, wrong`],
    ['this one has started', `${call('HSM', 2)} bnez a0, wrong\n bnez a1, wrong`],
    ['fences of guests are not supported', `${call('RFENCE', 3)} li t0, -2\n bne a0, t0, wrong`],
    ['other fences are', `${call('RFENCE', 0)} bnez a0, wrong\n ${call('RFENCE', 1)} bnez a0, wrong`],
    ['nobody knows an unknown extension', `${call('0x99', 0)} li t0, -2\n bne a0, t0, wrong`],
  ])('%s', async (_what, source) => {
    const { machine } = await guestFor(`${source}\n j right`)
    expect(await machine.run(STEPS)).toMatchObject(right)
  })

  test.each([
    ['an IPI to itself', call('IPI', 0, '1'), 1],
    ['the timer by a call', call('TIME', 0, '1000'), 5],
    ['the timer by stimecmp', 'csrwi stimecmp, 1', 5],
  ])('%s interrupts', async (_what, source, cause) => {
    const { machine } = await guestFor(`
      la t0, interrupted
      csrw stvec, t0
      li t0, 0x222
      csrw sie, t0
      ${source}
      csrsi sstatus, 2
    wait:
      wfi
      j wait
      .balign 4
    interrupted:
      csrr t0, scause
      li t1, ${cause}
      slli t0, t0, 1
      srli t0, t0, 1
      bne t0, t1, wrong
      j right`)
    expect(await machine.run(STEPS)).toMatchObject(right)
  })
})

test('an interrupt of a device arrives, and goes when it has been claimed', async () => {
  // The UART's interrupt, when its transmitter is empty: source 10, context 1.
  const { machine } = await guestFor(`
    li s1, PLIC
    li t0, 1
    sw t0, 40(s1)
    li t1, PLIC + 0x2080
    li t0, 1 << 10
    sw t0, 0(t1)
    li t1, PLIC + 0x201000
    sw x0, 0(t1)
    la t0, interrupted
    csrw stvec, t0
    li t0, 0x200
    csrw sie, t0
    li s2, UART
    li t0, 2
    sb t0, 1(s2)
    csrsi sstatus, 2
  wait:
    wfi
    j wait
    .balign 4
  interrupted:
    lw t0, 4(t1)           # claim
    li t2, 10
    bne t0, t2, wrong
    csrr t2, sip
    andi t2, t2, 0x200
    bnez t2, wrong
    sb x0, 1(s2)           # nothing more to say
    sw t0, 4(t1)
    lw t0, 4(t1)
    bnez t0, wrong
    j right`)
  expect(await machine.run(STEPS)).toMatchObject(right)
})

test('a hart without the extension ends with a reason', async () => {
  const kernel = await inVsMode(await exitProgramElf('call'))
  const { machine, text } = machineWith(kernel, {
    hart: { extensions: ['I', 'M', 'A', 'F', 'D', 'C', 'Zicsr', 'Zifencei'] },
  })
  expect(await machine.run(STEPS)).toMatchObject({ reason: 'fail' })
  expect(text()).toContain('vs-shim: this hart has no hypervisor extension; ')
})
