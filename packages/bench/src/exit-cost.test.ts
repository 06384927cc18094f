import { createHardwareAssisted } from '@worldswitch/hardware-assisted'
import { difference, type ExitKind, exitKinds, Host, type Strategy, Vm } from '@worldswitch/hypervisor'
import { assemble } from '@worldswitch/isa'
import { expect, test } from 'vitest'
import { strategies } from './strategies.ts'

/** As `kvm-test` counts: the difference of a run with more and one with fewer. */
const FEW = 200
const MANY = 1200
const ENTRY = 0x8020_0000

/** What a guest does again and again: the counterparts of what `kvm-test` has KVM's guest do. */
const operations = {
  /** A device register is read: the line status of the UART. */
  'device load': 'lbu x5, 5(s1)',
  /** The firmware is asked for its version. */
  'firmware call': 'li a7, 0x10\nli a6, 0\necall',
  /** A page is written to for the first time. */
  'new page': 'sd x5, 0(s2)\nadd s2, s2, s3',
} as const

type Operation = keyof typeof operations

/** Runs a VM whose guest does it so often, and says what that came to. */
function totals(strategy: Strategy, operation: Operation, times: number) {
  const host = new Host({ memory: 32 * 2 ** 20, hypervisor: strategy.needsHypervisor ?? false })
  const { bytes } = assemble(
    `
    li s0, ${times}
    li s1, 0x10000000
    li s2, 0x80400000
    li s3, 4096
  again:
    ${operations[operation]}
    addi s0, s0, -1
    bnez s0, again
    li a7, 0x53525354
    li a6, 0
    li a0, 0
    li a1, 0
    ecall`,
    { origin: BigInt(ENTRY) },
  )
  const kernel = { format: 'raw', bytes, address: ENTRY } as const
  const vm = new Vm(host, { strategy, memory: 16 * 2 ** 20, kernel })
  expect(vm.run(Number.POSITIVE_INFINITY)).toBe('ended')
  return vm.ledger.totals()
}

/** What one costs: exits by kind, instructions of the guest, and cycles by the profile. */
function costOf(strategy: Strategy, operation: Operation) {
  const [few, many] = [FEW, MANY].map((times) => totals(strategy, operation, times))
  const { exits, directInstructions, emulatedInstructions, virtualCycles } = difference(many!, few!)
  const each = (count: number): number => count / (MANY - FEW)
  const kinds: Partial<Record<ExitKind, number>> = {}
  for (const kind of exitKinds) if (exits[kind] > 0) kinds[kind] = each(exits[kind])
  return {
    exits: kinds,
    guestInstructions: each(directInstructions + emulatedInstructions),
    cycles: each(virtualCycles),
  }
}

const trapEmulate = strategies.get('trap-emulate')
const hardwareAssisted = strategies.get('hardware-assisted')
/** A second stage of small pages, as that of KVM for memory of small pages. */
const smallPages = createHardwareAssisted({ largestPage: 4096 })

// The figures that docs/hardware-assisted.md compares with those of KVM. Guest memory comes in pieces of 2 MiB, which 512
// new pages share.
test.each<[string, Operation, Strategy, ReturnType<typeof costOf>]>([
  [
    'trap-emulate',
    'device load',
    trapEmulate,
    { exits: { mmioRead: 1 }, guestInstructions: 3, cycles: 3314 },
  ],
  [
    'trap-emulate',
    'firmware call',
    trapEmulate,
    { exits: { sbiCall: 1 }, guestInstructions: 4, cycles: 935 },
  ],
  [
    'trap-emulate',
    'new page',
    trapEmulate,
    { exits: { shadowFault: 0.002 }, guestInstructions: 4, cycles: 24.88 },
  ],
  [
    'hardware-assisted',
    'device load',
    hardwareAssisted,
    { exits: { mmioRead: 1 }, guestInstructions: 3, cycles: 3314 },
  ],
  [
    'hardware-assisted',
    'firmware call',
    hardwareAssisted,
    { exits: { sbiCall: 1 }, guestInstructions: 4, cycles: 935 },
  ],
  [
    'hardware-assisted',
    'new page',
    hardwareAssisted,
    { exits: { nestedFault: 0.002 }, guestInstructions: 4, cycles: 24.88 },
  ],
  [
    'hardware-assisted, 4 KiB',
    'new page',
    smallPages,
    { exits: { nestedFault: 1 }, guestInstructions: 4, cycles: 483.98 },
  ],
])('%s: a %s costs as many exits, instructions and cycles as ever', (_name, operation, strategy, cost) => {
  expect(costOf(strategy, operation)).toEqual(cost)
})
