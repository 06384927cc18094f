import { bootargs, readConsole, workloads } from '@worldswitch/linux-guest'
import { findGuest, loadGuest, pullDebian } from '@worldswitch/linux-guest/node'
import { expect, test } from 'vitest'
import { inVsMode } from '../src/in-vs-mode.ts'
import { machineWith } from '../src/test-guest.ts'

/** More than any boot here takes: a guest that hangs fails the test instead of the clock on the wall. */
const MOST_STEPS = 8_000_000_000

test('Debian in VS-mode runs all workloads as it does without, and the same to the step on every engine', async () => {
  await findGuest('debian').catch(() => pullDebian())
  const { kernel, initrd } = await loadGuest('debian')
  const image = await inVsMode(kernel)
  const boot = async (engine: 'interpreter' | 'auto') => {
    const { machine, text } = machineWith(image, {
      initrd,
      bootargs: `quiet ${bootargs({ run: ['all'] })}`,
      ram: 256 * 2 ** 20,
      hart: { engine },
    })
    const { reason, code } = await machine.run({ maxSteps: MOST_STEPS })
    return { reason, code, text: text(), counters: machine.counters() }
  }
  const first = await boot('auto')
  expect(first).toMatchObject({ reason: 'poweroff', code: 0 })
  expect(readConsole(first.text).workloads).toEqual(
    workloads
      .filter(({ name }) => name !== 'disk')
      .map(({ name, checksum }) => ({ name, status: 'ok', checksum })),
  )
  // It was in VS-mode: its calls came to the shim, and its accesses to devices did.
  const { exceptions } = first.counters.traps
  expect(exceptions[10]).toBeGreaterThan(0)
  expect(exceptions[21]).toBeGreaterThan(0)
  expect(exceptions[23]).toBeGreaterThan(0)
  expect(await boot('interpreter')).toEqual(first)
})
