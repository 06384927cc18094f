import { describe, expect, test } from 'vitest'
import { type CostProfile, checkProfile, hardwareEventNames } from './cost-profile.ts'
import { exitKinds, exitTitle } from './exit.ts'
import { difference, Ledger, PC_LIMIT } from './ledger.ts'
import { nativeCycles } from './native-account.ts'
import { costProfile, costProfiles } from './profiles/profiles.ts'
import { riscvModelled } from './profiles/riscv-modelled.ts'

const profile = riscvModelled

test('virtual cycles are the counts weighted by the profile', () => {
  const ledger = new Ledger(profile)
  ledger.ran({ instructions: 1000, tlbMisses: 3, walkReferences: 9, exceptions: 5, interrupts: 2, fences: 4 })
  ledger.copied(7)
  ledger.exited('csrAccess', 0x100n)
  ledger.exited('csrAccess', 0x104n)
  ledger.walkedInSoftware(3)
  ledger.injected()
  const { hardware, monitor, exits } = profile
  expect(ledger.virtualCycles).toBe(
    1000 * hardware.instruction.cycles +
      9 * hardware.walkReference.cycles +
      5 * hardware.exception.cycles +
      2 * hardware.interrupt.cycles +
      4 * hardware.fence.cycles +
      2 * exits.csrAccess.cycles +
      3 * monitor.softwareWalkReference.cycles +
      monitor.injection.cycles +
      7 * monitor.copiedLine.cycles,
  )
})

test('hot spots come most frequent first, ties by address', () => {
  const ledger = new Ledger(profile)
  for (const pc of [3n, 1n, 2n, 3n]) ledger.exited('mmioRead', pc)
  expect(ledger.hotSpots('mmioRead')).toEqual([
    { pc: 3n, count: 2 },
    { pc: 1n, count: 1 },
    { pc: 2n, count: 1 },
  ])
  expect(ledger.hotSpots('mmioRead', 1)).toHaveLength(1)
  expect(ledger.hotSpots('mmioWrite')).toEqual([])
})

test('a guest that exits everywhere does not fill the host: PCs are bounded, counts stay exact', () => {
  const ledger = new Ledger(profile)
  for (let pc = 0; pc < PC_LIMIT + 100; pc++) ledger.exited('mmioRead', BigInt(pc))
  expect(ledger.hotSpots('mmioRead', Number.POSITIVE_INFINITY)).toHaveLength(PC_LIMIT)
  expect(ledger.exits('mmioRead')).toBe(PC_LIMIT + 100)
})

test('the difference of two moments is what happened between them', () => {
  const ledger = new Ledger(profile)
  ledger.exited('sbiCall', 0n)
  const earlier = ledger.totals()
  ledger.exited('sbiCall', 0n)
  ledger.ran({ instructions: 10, tlbMisses: 1, walkReferences: 2, exceptions: 3, interrupts: 4, fences: 6 })
  ledger.copied(8)
  const between = difference(ledger.totals(), earlier)
  expect(between.exits.sbiCall).toBe(1)
  expect([between.directInstructions, between.tlbMisses, between.walkReferences]).toEqual([10, 1, 2])
  expect([between.directFences, between.copiedLines]).toEqual([6, 8])
  expect(between.virtualCycles).toBe(ledger.virtualCycles - earlier.virtualCycles)
})

test('bare metal is accounted on the same scale', () => {
  const none = Object.fromEntries(hardwareEventNames.map((name) => [name, 0])) as Parameters<
    typeof nativeCycles
  >[1]
  expect(nativeCycles(profile, { ...none, instruction: 100, deviceAccess: 2, dmaLine: 3, fence: 1 })).toBe(
    100 * profile.hardware.instruction.cycles +
      2 * profile.hardware.deviceAccess.cycles +
      3 * profile.hardware.dmaLine.cycles +
      profile.hardware.fence.cycles,
  )
})

test('every exit kind has a title', () => {
  for (const kind of exitKinds) expect(exitTitle(kind)).toMatch(/\w/)
})

describe.each(costProfiles.map((each) => [each.name, each] as const))('profile %s', (name, each) => {
  test('says where each of its constants comes from', () => {
    expect(checkProfile(each)).toBe(each)
    const costs = [each.hardware, each.monitor, each.exits].flatMap((group) => Object.values(group))
    for (const { basis, source } of costs) {
      // A measured figure names its publication.
      if (basis === 'measured' || basis === 'unconfirmed') expect(source).toMatch(/\d{4}/)
      expect(source.length).toBeGreaterThan(10)
    }
  })

  test('makes a trap to the monitor dearer than one that the guest takes itself', () => {
    const { guestSystemCall, trapReturn } = each.exits
    expect(guestSystemCall.cycles + trapReturn.cycles).toBeGreaterThan(each.hardware.exception.cycles)
  })

  test('is found by its name', () => {
    expect(costProfile(name)).toBe(each)
  })
})

test('on the Pentium 4 a monitor answers a port read faster than the device did', () => {
  const { hardware, exits } = costProfile('pentium4')
  expect(exits.mmioRead.cycles).toBeLessThan(hardware.deviceAccess.cycles)
})

test('an unknown profile is an error that names those there are', () => {
  expect(() => costProfile('z80')).toThrow('there are riscv, pentium4, xeon2023')
})

test('a profile with a hole is refused, naming it', () => {
  const broken = {
    ...profile,
    exits: { ...profile.exits, sbiCall: { cycles: Number.NaN, basis: 'modelled', source: 'x' } },
  } // prettier-ignore
  expect(() => checkProfile(broken as CostProfile)).toThrow('exits.sbiCall')
})

test('a profile by which a guest could go on for nothing is refused', () => {
  const free = { cycles: 0, basis: 'modelled', source: 'x' } as const
  const exits = { ...profile.exits, csrAccess: free }
  const hardware = { ...profile.hardware, instruction: free }
  expect(() => checkProfile({ ...profile, exits })).toThrow('must cost something')
  expect(() => checkProfile({ ...profile, hardware })).toThrow('must cost something')
  expect(() => checkProfile({ ...profile, hertz: 0 })).toThrow('hertz')
})
