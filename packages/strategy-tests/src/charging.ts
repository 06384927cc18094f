import { memoryBlocks } from '@worldswitch/devices'
import { runVms } from '@worldswitch/hypervisor'
import { PROGRAM_ENTRY } from '@worldswitch/hypervisor/conformance'
import { assemble } from '@worldswitch/isa'
import { createMachine } from '@worldswitch/machine'
import { describe, expect, test } from 'vitest'
import { ASK_DISK, prepareDisk } from './disk-program.ts'
import { POWEROFF, RAM, type StrategyKit } from './strategy-kit.ts'

/** Prints by the firmware. */
const print = (bytes: number): string =>
  `li a0, ${bytes}\nli a1, 0x80200000\nli a2, 0\nli a7, 0x4442434e\nli a6, 0\necall`

const DISK_BYTES = 4 * 2 ** 20
/** A look whether there is something, when the driver is ready. */
const SETUP = 1
/** Two indices, the header, the status, an entry of the used ring with its index and flags, and a look whether there is more. */
const REQUEST = 8

/** What the monitor copies for a guest is counted and charged, line by line. */
export function testCharging(kit: StrategyKit): void {
  const disks = () => [memoryBlocks(new Uint8Array(DISK_BYTES))]

  const inVm = (program: string) => {
    const host = kit.smallHost()
    const { vm } = kit.guest(host, program, { disks: disks() })
    expect([runVms(host, [vm]), vm.ended?.reason]).toEqual(['ended', 'poweroff'])
    return { host, totals: vm.ledger.totals() }
  }
  const onMachine = (program: string) => {
    const { bytes } = assemble(program, { origin: BigInt(PROGRAM_ENTRY) })
    const kernel = { format: 'raw', bytes, address: PROGRAM_ENTRY } as const
    const machine = createMachine({ kernel, ram: RAM, disks: disks() })
    expect(machine.runSlice(1_000_000).reason).toBe('poweroff')
    return machine.counters()
  }

  describe('of what is copied for a guest', () => {
    test.each([
      ['nothing', '', 0],
      // With a look at the last byte.
      ['64 bytes of text', print(64), 2],
      ['65 bytes of text', print(65), 3],
      ['4096 bytes of text', print(4096), 65],
      ['more text than a call takes', print(8192), 65],
      ['a sector', `${prepareDisk(1, 512)}\n${ASK_DISK}`, SETUP + REQUEST + 3 + 8],
      [
        'two sectors one by one',
        `${prepareDisk(1, 512)}\n${ASK_DISK}${ASK_DISK}`,
        SETUP + 2 * (REQUEST + 3 + 8),
      ],
      ['40 pieces of 64 KiB', `${prepareDisk(40, 65_536)}\n${ASK_DISK}`, SETUP + REQUEST + 42 + 40 * 1024],
      ['a request that is refused', `${prepareDisk(1, 513)}\n${ASK_DISK}`, SETUP + REQUEST + 3],
    ])('%s is counted as on the bare machine, and charged', (_name, program, lines) => {
      const { host, totals } = inVm(`${program}\n${POWEROFF}`)
      expect(totals.copiedLines).toBe(lines)
      expect(onMachine(`${program}\n${POWEROFF}`).dmaLines).toBe(lines)
      const { copiedLine } = host.profile.monitor
      expect(totals.virtualCycles).toBeGreaterThan(lines * copiedLine.cycles)
      // It is the host's time, too.
      expect(host.cycles).toBe(totals.virtualCycles)
    })
  })

  test('an exit that costs much is paid for turn by turn, before the guest goes on', () => {
    const host = kit.smallHost()
    const program = `${prepareDisk(62, 65_536)}\n${ASK_DISK}${POWEROFF}`
    const { vm } = kit.guest(host, program, { disks: disks(), budget: 1_000_000 })
    const cost = 62 * 1024 * host.profile.monitor.copiedLine.cycles
    const run = (): void => {
      while (vm.state === 'running') {
        const until = host.cycles + 50_000
        vm.run(until)
        // Late by 20,000, and what it takes to get to the monitor.
        expect(host.cycles).toBeLessThan(until + 25_000)
      }
    }
    run()
    expect([vm.state, vm.ledger.copiedLines >= 62 * 1024]).toEqual(['out-of-budget', true])
    expect(host.cycles).toBeLessThan(1_025_000)
    vm.budget += cost
    run()
    expect([vm.state, host.cycles]).toEqual(['ended', vm.ledger.virtualCycles])
  })

  test('a fence is an exit, or is charged as on the bare machine', () => {
    const program = `csrr x5, satp\ncsrw satp, x5\nsfence.vma\nsfence.vma x5\nsfence.vma x5, x6\n${POWEROFF}`
    const { totals } = inVm(program)
    const exits = totals.exits.translationFence + totals.exits.csrAccess
    // Reading `satp` is no fence.
    expect([totals.directFences, exits]).toEqual(exits === 0 ? [4, 0] : [0, 5])
    // The firmware sets `satp` up.
    expect(onMachine(program).fences).toBe(onMachine(POWEROFF).fences + 4)
  })
}
