import { type EngineName, hartExtensions } from '@worldswitch/cpu'
import { describe, expect, test } from 'vitest'
import { machineFor } from './test-machine.ts'

const withoutSstc = hartExtensions.filter((name) => name !== 'Sstc')
const call = (deadline: string): string => `li a0, ${deadline}\n  li a7, TIME\n  li a6, 0\n  ecall`
const store = (deadline: string): string => `li a0, ${deadline}\n  csrw stimecmp, a0`

/** The ways in which a guest sets its timer. */
const ways = [
  ['by SBI and the CLINT', withoutSstc, call],
  ['by SBI and stimecmp', hartExtensions, call],
  ['by stimecmp', hartExtensions, store],
] as const

describe.each(ways)('a timer that is set %s', (_name, extensions, set) => {
  const machineOf = (program: string, options: object = {}) =>
    machineFor(program, { hart: { extensions }, ...options })

  test('interrupts in the very step its time comes', () => {
    const { machine } = machineOf(`
  la t0, handler
  csrw stvec, t0
  li t0, 0x20
  csrw sie, t0
  csrsi sstatus, 2
  ${set('5')}
1: j 1b
.align 2
handler: j handler`)
    machine.runSlice(500)
    expect(machine.counters().traps.interrupts[5]).toBe(0)
    machine.runSlice(1)
    expect(machine.counters().traps.interrupts[5]).toBe(1)
  })

  test('is where the clock jumps to when all harts wait', () => {
    const { machine } = machineOf(`
  li t0, 0x20
  csrw sie, t0
  ${set('12345678')}
  wfi
  rdtime s0
  j poweroff`)
    const { reason, steps } = machine.runSlice(100)
    expect(reason).toBe('poweroff')
    expect(steps).toBeLessThan(30)
    expect(machine.harts[0]!.readX(8)).toBe(12345678n)
  })

  test('is pending until it is set anew', () => {
    const { machine } = machineOf(`
  ${set('0')}
  csrr s0, sip
  ${set('-1')}
  csrr s1, sip
  j poweroff`)
    expect(machine.runSlice(100).reason).toBe('poweroff')
    expect([machine.harts[0]!.readX(8), machine.harts[0]!.readX(9)]).toEqual([0x20n, 0n])
  })

  test('wakes nobody who does not want it, and ends no run', () => {
    const { machine } = machineOf(`
  ${set('100')}
  wfi
  j poweroff`)
    expect(machine.runSlice(1000)).toMatchObject({ reason: 'idle', waitingFor: 'input' })
    expect(machine.elapsed).toBe(10_000)
  })

  test('after the end of time is none', () => {
    const { machine } = machineOf(`
  li t0, 0x20
  csrw sie, t0
  ${set('1 << 62')}
  wfi
  j poweroff`)
    expect(machine.runSlice(100)).toMatchObject({ reason: 'idle', waitingFor: 'input' })
    expect(machine.elapsed).toBeLessThan(100)
  })

  test('does the same in two harts however the run is sliced', () => {
    const program = `
  li a0, 1
  la a1, worker
  li a7, HSM
  li a6, 0
  ecall
  li a0, 0
worker:
  mv s1, a0
  la t0, handler
  csrw stvec, t0
  li t0, 0x20
  csrw sie, t0
  csrsi sstatus, 2
  li s2, 20
1: rdtime s3
  addi s3, s3, 2
  add s3, s3, s1
  ${set('0').replace('li a0, 0', 'mv a0, s3')}
  andi t0, s2, 1
  bnez t0, 2f
  wfi
2: addi s4, s4, 1
  addi s2, s2, -1
  bnez s2, 1b
  la t0, done
  li t1, 1
  amoadd.w t2, t1, (t0)
  bnez t2, poweroff
3: wfi
  j 3b
.align 2
handler:
  mv s5, a0
  ${set('-1')}
  mv a0, s5
  addi s6, s6, 1
  sret
.align 3
done: .dword 0`
    const runIn = (slice: (turn: number) => number): object => {
      const { machine } = machineOf(program, { harts: 2, quantum: 13 })
      for (let turn = 0; ; turn++) {
        const { reason } = machine.runSlice(slice(turn))
        if (reason === 'budget') continue
        const registers = machine.harts.map((hart) => [hart.readX(20), hart.readX(22)])
        return { reason, registers, elapsed: machine.elapsed, counters: machine.counters() }
      }
    }
    const whole = runIn(() => 1_000_000)
    expect(whole).toMatchObject({ reason: 'poweroff' })
    expect(runIn(() => 1)).toEqual(whole)
    expect(runIn((turn) => [1, 7, 50, 0, 333][turn % 5]!)).toEqual(whole)
  })
})

test.each([1e9, 3e8, 12_345_678_901])(
  'the time is the same whichever engine executes, at %d Hz and after a store to mtime',
  (hertz) => {
    const RESULTS = 0x8030_0000
    const run = (engine: EngineName) => {
      const { machine } = machineFor(
        `
  csrr t0, mhartid
other:
  bnez t0, other
  la t0, handler
  csrw mtvec, t0
  li s0, ${RESULTS}
  li s1, 100
  li s2, CLINT + 0xbff8
  li s3, 12345
next:
  rdtime t0
  sd t0, 0(s0)
  ecall
  sd s3, 0(s2)
  rdtime t0
  sd t0, 8(s0)
  slli s3, s3, 1
  addi s0, s0, 16
  addi s1, s1, -1
  bnez s1, next
  li t0, FINISHER
  li t1, 0x5555
  sw t1, 0(t0)
.align 2
handler:
  csrr t0, mepc
  addi t0, t0, 4
  csrw mepc, t0
  mret`,
        { mMode: true, harts: 2, quantum: 50, hertz, hart: { engine } },
      )
      expect(machine.runSlice(20_000).reason).toBe('poweroff')
      const results = RESULTS - machine.memory.ramBase
      return Buffer.from(machine.memory.ram.subarray(results, results + 1600)).toString('hex')
    }
    const reference = run('reference')
    expect(run('interpreter')).toBe(reference)
    expect(run('translator')).toBe(reference)
  },
)
