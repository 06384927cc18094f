import { disk, expectedTranscript, type WorkloadName } from '@worldswitch/guest-kernel'
import { type Host, type LedgerTotals, runVms } from '@worldswitch/hypervisor'
import { type GuestProgram, randomProgram } from '@worldswitch/hypervisor/conformance'
import { expect, test } from 'vitest'
import { GUEST_MEMORY, memoryOf, type StrategyKit, type TestGuest } from './strategy-kit.ts'

const COUNT = 10

/**
 * Counts that are no one's but the guest's: not how often it was interrupted, nor what others left in the TLB and in the
 * floating-point registers, without which its instructions for these exit.
 */
function ownCounts({ exits, directInstructions, emulatedInstructions, ...rest }: LedgerTotals) {
  const { preemption: _turns, floatSwitch: _registers, csrAccess: _float, ...own } = exits
  const { injections, directExceptions, directInterrupts } = rest
  return {
    own,
    retired: directInstructions + emulatedInstructions,
    injections,
    directExceptions,
    directInterrupts,
  }
}

/** Ten VMs at once are as each of them alone. */
export function testTenVms(kit: StrategyKit): void {
  test('ten VMs with random programs at once: each does what it does alone', () => {
    const outcome = ({ vm, text }: TestGuest) => ({
      end: vm.ended,
      text: text(),
      state: vm.vcpus[0].state.snapshot(),
      counts: ownCounts(vm.ledger.totals()),
    })
    const dataOf = ({ vm }: TestGuest): Buffer => memoryOf(vm, 0x8030_0000, 0x30_0000)
    const room = (vms: number): Host => kit.host({ memory: (vms + 2) * randomProgram(1).ram })
    const make = (host: Host, { bytes, ram }: GuestProgram): TestGuest =>
      kit.guest(host, bytes, { memory: ram })
    // Some programs end in traps for ever: they have no end to compare.
    const programs: GuestProgram[] = []
    const alone: ReturnType<typeof outcome>[] = []
    const memories: Buffer[] = []
    for (let seed = 500; programs.length < COUNT && seed < 600; seed++) {
      const program = randomProgram(seed, 200, false)
      const host = room(1)
      const one = make(host, program)
      if (runVms(host, [one.vm], { cycles: 2_000_000, slice: 1_000_000 }) !== 'ended') continue
      programs.push(program)
      alone.push(outcome(one))
      memories.push(dataOf(one))
    }
    const host = room(COUNT)
    const guests = programs.map((program) => make(host, program))
    const vms = guests.map(({ vm }) => vm)
    expect(runVms(host, vms, { cycles: 1_000_000_000, slice: 1000 })).toBe('ended')
    expect(guests.map(outcome)).toEqual(alone)
    for (const [i, one] of guests.entries()) expect(dataOf(one).equals(memories[i])).toBe(true)
    expect(alone).toHaveLength(COUNT)
    // They really took turns, of 1000 cycles and an exit.
    for (const vm of vms) expect(vm.ledger.virtualCycles).toBeGreaterThan(20_000)
  }, 60_000)

  test('ten of our kernel at once, each with other work: each says what it says on the bare machine', async () => {
    const work: readonly WorkloadName[] = ['fork-exec', 'mprotect', 'timer']
    const host = kit.host({ memory: (COUNT + 1) * GUEST_MEMORY })
    const guests = await Promise.all(
      Array.from({ length: COUNT }, (_, index) => kit.kernelGuest(host, [work[index % work.length]!])),
    )
    const vms = guests.map(({ vm }) => vm)
    expect(runVms(host, vms, { cycles: 20_000_000_000 })).toBe('ended')
    const diskBytes = (await disk()).length
    guests.forEach(({ vm, text }, index) => {
      expect(vm.ended).toEqual({ reason: 'poweroff', code: 0 })
      const bench = [work[index % work.length]!]
      expect(text()).toBe(expectedTranscript({ memoryBytes: GUEST_MEMORY, bench, diskBytes }))
    })
  }, 120_000)
}
