import { type Host, runVms, type Vm, type VmOptions } from '@worldswitch/hypervisor'
import { describe, expect, test } from 'vitest'
import type { StrategyKit } from './strategy-kit.ts'
import { POWEROFF, SET_TIMER, SPIN } from './strategy-kit.ts'

/** Turns and periods short enough for many of them. */
const SLICE = 20_000
const PERIOD = 30 * SLICE
const TURNS = { slice: SLICE, period: PERIOD }
const RUN = { ...TURNS, cycles: 50 * PERIOD }

/** Wakes up 200 times, so many ticks after it went to sleep; the word at 0x8030_0000 is how late it was at most. */
const sleeper = (ticks: number): string => `
  li x5, 0x20
  csrw sie, x5
  li s0, 200
  li s1, ${ticks}
  li s2, 0
  li s3, 0x80300000
next:
  rdtime a0
  add a0, a0, s1
  mv s4, a0
  ${SET_TIMER}
asleep:
  wfi
  rdtime a0
  bltu a0, s4, asleep
  sub a0, a0, s4
  bleu a0, s2, less
  mv s2, a0
less:
  sd s2, 0(s3)
  addi s0, s0, -1
  bnez s0, next
  ${POWEROFF}`

/** Works for so many instructions, then sleeps for so many ticks, for ever. */
const worker = (instructions: number, ticks: number): string => `
  li x5, 0x20
  csrw sie, x5
  li s1, ${ticks}
next:
  li s0, ${instructions / 2}
work:
  addi s0, s0, -1
  bnez s0, work
  rdtime a0
  add a0, a0, s1
  ${SET_TIMER}
  wfi
  j next`

/** The hart is divided as weights and caps say. */
export function testScheduling(kit: StrategyKit): void {
  const { guest, smallHost } = kit

  const spinners = (host: Host, options: readonly Partial<VmOptions>[]): Vm[] =>
    options.map((one) => guest(host, SPIN, one).vm)
  const used = (vm: Vm): number => vm.ledger.virtualCycles

  describe.each([2, 3, 4, 5, 6, 7, 8, 9, 10])('%i VMs that spin', (count) => {
    test('have the hart by their weights, to three turns', () => {
      const host = smallHost(count)
      const vms = spinners(
        host,
        Array.from({ length: count }, (_, index) => ({ weight: 100 * (index + 1) })),
      )
      expect(runVms(host, vms, RUN)).toBe('budget')
      const weights = (count * (count + 1)) / 2
      vms.forEach((vm, index) => {
        const part = (host.cycles * (index + 1)) / weights
        expect(Math.abs(used(vm) - part), `weight ${vm.share.weight}`).toBeLessThan(3 * SLICE)
      })
      // All time was someone's.
      expect(vms.reduce((sum, vm) => sum + used(vm), 0)).toBeCloseTo(host.cycles)
    })
  })

  test('a weight of 1 beside one of 1000 is little, but not nothing', () => {
    const host = smallHost(2)
    const [light, heavy] = spinners(host, [{ weight: 1 }, { weight: 1000 }])
    expect(runVms(host, [light!, heavy!], { ...TURNS, cycles: 3000 * SLICE })).toBe('budget')
    expect(used(light!) / SLICE).toBeGreaterThan(2)
    expect(used(light!) / SLICE).toBeLessThan(5)
  })

  test('a weight that is changed counts from then on', () => {
    const host = smallHost(2)
    const vms = spinners(host, [{}, {}])
    runVms(host, vms, RUN)
    const [before] = vms.map(used)
    vms[0]!.share.weight = 3 * vms[1]!.share.weight
    runVms(host, vms, RUN)
    expect((used(vms[0]!) - before!) / RUN.cycles).toBeCloseTo(0.75, 1)
  })

  describe('a cap', () => {
    test.each([1, 10, 33.3, 50, 90])('of %d percent holds on a host that has nothing else to do', (cap) => {
      const host = smallHost()
      const vms = spinners(host, [{ cap }])
      expect(runVms(host, vms, RUN)).toBe('budget')
      expect(host.cycles).toBe(RUN.cycles)
      // Late by the exit that was under way, and made up for in the next period.
      expect(Math.abs(used(vms[0]!) - (cap / 100) * RUN.cycles)).toBeLessThan(1000)
    })

    test('holds in every period, and others have the rest by weight', () => {
      const host = smallHost(3)
      const vms = spinners(host, [{ cap: 20, weight: 60_000 }, { weight: 100 }, { weight: 300 }])
      const [capped, light, heavy] = vms as [Vm, Vm, Vm]
      for (let period = 1; period <= 40; period++) {
        const before = used(capped)
        runVms(host, vms, { ...TURNS, cycles: PERIOD - (host.cycles % PERIOD) })
        expect(used(capped) - before).toBeLessThan(PERIOD / 5 + 1000)
      }
      expect(used(capped) / host.cycles).toBeCloseTo(0.2, 2)
      expect(used(heavy) / host.cycles).toBeCloseTo(0.6, 1)
      expect(used(light) / host.cycles).toBeCloseTo(0.2, 1)
    })

    test('that is lowered, and lifted, counts at once', () => {
      const host = smallHost()
      const [vm] = spinners(host, [{}])
      runVms(host, [vm!], { ...TURNS, cycles: 10 * PERIOD })
      const first = used(vm!)
      vm!.share.cap = 10
      runVms(host, [vm!], { ...TURNS, cycles: 10 * PERIOD })
      expect((used(vm!) - first) / PERIOD).toBeCloseTo(1, 1)
      vm!.share.cap = Number.POSITIVE_INFINITY
      const second = used(vm!)
      runVms(host, [vm!], { ...TURNS, cycles: 10 * PERIOD })
      expect((used(vm!) - second) / PERIOD).toBeCloseTo(10, 1)
    })
  })

  test('what a VM that waits does not use goes to the others by weight', () => {
    const host = smallHost(4)
    const idle = ['1: wfi\nj 1b', '1: wfi\nj 1b'].map((program) => guest(host, program, { weight: 4000 }).vm)
    const [light, heavy] = spinners(host, [{ weight: 100 }, { weight: 300 }]) as [Vm, Vm]
    expect(runVms(host, [...idle, light, heavy], RUN)).toBe('budget')
    for (const vm of idle) expect(used(vm)).toBeLessThan(5000)
    expect(used(light) / host.cycles).toBeCloseTo(0.25, 1)
    expect(used(heavy) / host.cycles).toBeCloseTo(0.75, 1)
  })

  test('what a VM that works now and then leaves goes to the others by weight', () => {
    const host = smallHost(3)
    const busy = guest(host, worker(10_000, 900)).vm
    const [light, heavy] = spinners(host, [{ weight: 64 }, { weight: 192 }]) as [Vm, Vm]
    expect(runVms(host, [busy, light, heavy], RUN)).toBe('budget')
    const rest = host.cycles - used(busy)
    expect(used(busy) / host.cycles).toBeGreaterThan(0.07)
    expect(used(light) / rest).toBeCloseTo(0.25, 1)
    expect(used(heavy) / rest).toBeCloseTo(0.75, 1)
  })

  test.each([1, 3])('of ten VMs, %i that wake up beside ones that spin are served at once', (sleepers) => {
    const host = smallHost(10)
    const light = Array.from({ length: sleepers }, (_, index) => guest(host, sleeper(431 + 10 * index)).vm)
    const vms = [...spinners(host, new Array(10 - sleepers).fill({})), ...light]
    expect(runVms(host, vms, { ...TURNS, cycles: 1000 * SLICE })).toBe('budget')
    for (const vm of light) {
      expect(vm.ended?.reason).toBe('poweroff')
      const late = new BigUint64Array(1)
      vm.memory.read(0x8030_0000, new Uint8Array(late.buffer))
      // A tenth of a slice for who runs, another one for each that woke up before, the exits, and a tick of 100 cycles.
      expect(Number(late[0]) * 100).toBeLessThan(sleepers * (SLICE / 10 + 2000) + 2000)
    }
  })

  test('a VM that wakes up all the time has no more than its part, and takes nothing of the others’', () => {
    const host = smallHost(3)
    const waker = guest(host, worker(2, 1)).vm
    const eager = guest(host, worker(3000, 1)).vm
    const [spins] = spinners(host, [{}]) as [Vm]
    expect(runVms(host, [waker, eager, spins], RUN)).toBe('budget')
    for (const vm of [waker, eager, spins]) expect(used(vm) / host.cycles).toBeGreaterThan(0.3)
  })

  test('the same VMs have the same turns each time', () => {
    const run = () => {
      const host = smallHost(5)
      const vms = [
        ...spinners(host, [{ weight: 100 }, { weight: 300 }, { cap: 10 }]),
        guest(host, worker(5000, 300)).vm,
        guest(host, sleeper(777)).vm,
      ]
      const ends = Array.from({ length: 30 }, () => runVms(host, vms, { ...TURNS, cycles: 123_456 }))
      return [ends, host.cycles, vms.map((vm) => vm.ledger.totals())]
    }
    expect(run()).toEqual(run())
  })

  describe('a budget', () => {
    test('that is used up stops a VM until it gets more, and its time stands still', () => {
      const host = smallHost(2)
      const { vm } = guest(host, SPIN, { budget: 100_000 })
      const [other] = spinners(host, [{}]) as [Vm]
      expect(runVms(host, [vm, other], RUN)).toBe('budget')
      expect(vm.state).toBe('out-of-budget')
      expect(used(vm)).toBeGreaterThanOrEqual(100_000)
      expect(used(vm)).toBeLessThan(101_000)
      expect(used(vm) + vm.budget).toBeCloseTo(100_000)
      const then = vm.time()
      expect(then).toBeLessThan(2 * 2000 + SLICE)
      runVms(host, [vm, other], RUN)
      expect(vm.time()).toBe(then)
      expect(() => vm.enter(vm.vcpus[0]!, 1)).toThrow('budget')
      expect(vm.run(Number.POSITIVE_INFINITY)).toBe('out-of-budget')
      vm.budget += 50_000
      expect(vm.state).toBe('running')
      runVms(host, [vm, other], RUN)
      expect(used(vm)).toBeGreaterThanOrEqual(150_000)
      expect(used(vm)).toBeLessThan(151_000)
      expect(vm.time()).toBeGreaterThan(then)
    })

    test('leaves a host alone with nothing to do', () => {
      const host = smallHost()
      const { vm } = guest(host, SPIN, { budget: 1000 })
      expect(runVms(host, [vm])).toBe('idle')
      vm.budget = Number.POSITIVE_INFINITY
      expect(runVms(host, [vm], { cycles: 1000 })).toBe('budget')
    })
  })

  describe('what a VM is given', () => {
    test.each<[string, Partial<VmOptions>]>([
      ['a weight of nothing', { weight: 0 }],
      ['a weight that is too much', { weight: 65_536 }],
      ['a weight and a half', { weight: 1.5 }],
      ['a weight that is no number', { weight: Number.NaN }],
      ['a cap of nothing', { cap: 0 }],
      ['a cap of more than the hart', { cap: 101 }],
      ['a cap that is no number', { cap: Number.NaN }],
      ['a budget that is no number', { budget: Number.NaN }],
    ])('%s is refused, and leaves nothing behind', (_name, options) => {
      const host = smallHost()
      expect(() => guest(host, SPIN, options)).toThrow(
        expect.objectContaining({ name: 'HypervisorError', code: 'bad-schedule' }),
      )
      expect(host.frames.used).toBe(0)
    })
  })
}
