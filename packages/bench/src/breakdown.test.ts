import { costProfiles, exitKinds, Ledger } from '@worldswitch/hypervisor'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { breakdown } from './breakdown.ts'
import type { Figures } from './figures.ts'

const small = fc.nat(1_000_000)

describe.each(costProfiles)('the parts of virtual cycles by profile $name', (profile) => {
  test('add up to what a ledger charged, largest first, none of them empty', () => {
    fc.assert(
      fc.property(
        small,
        small,
        small,
        fc.nat(500),
        fc.array(fc.constantFrom(...exitKinds), { maxLength: 200 }),
        small,
        small,
        small,
        small,
        (instructions, walks, softwareWalks, injections, exits, exceptions, interrupts, fences, lines) => {
          const ledger = new Ledger(profile)
          ledger.ran({
            instructions,
            tlbMisses: walks,
            walkReferences: walks,
            exceptions,
            interrupts,
            fences,
          })
          ledger.copied(lines)
          ledger.walkedInSoftware(softwareWalks)
          for (let i = 0; i < injections; i++) ledger.injected()
          for (const kind of exits) {
            ledger.exited(kind, 0n)
            ledger.emulated()
          }
          const totals = ledger.totals()
          const figures: Figures = {
            ...totals,
            instructions: totals.directInstructions + totals.emulatedInstructions,
            events: totals.exits,
            fences: totals.directFences,
            dmaLines: 0,
            wallMilliseconds: 0,
          }
          const parts = breakdown(figures, profile)
          const cycles = parts.map((part) => part.cycles)
          expect(cycles.reduce((sum, each) => sum + each, 0)).toBe(totals.virtualCycles)
          expect(cycles).toEqual([...cycles].sort((a, b) => b - a))
          expect(parts.every(({ count }) => count > 0)).toBe(true)
        },
      ),
      { numRuns: 50, seed: 1 },
    )
  })
})
