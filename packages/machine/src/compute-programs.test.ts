import { bootargs, computePrograms, programElf, readResult } from '@worldswitch/compute-programs'
import { describe, expect, test } from 'vitest'
import { createMachine } from './machine.ts'

describe.each(computePrograms)('$name', ({ name, checksum }) => {
  test('computes what was computed natively, with Sv39 on, and powers off', async () => {
    let text = ''
    const machine = createMachine({
      kernel: await programElf(name),
      bootargs: bootargs({ rounds: 1 }),
      ram: 32 * 2 ** 20,
      console: {
        output: (bytes) => {
          text += String.fromCharCode(...bytes)
        },
      },
    })
    expect(await machine.run({ maxSteps: 40_000_000 })).toMatchObject({ reason: 'poweroff', code: 0 })
    expect(readResult(text)).toEqual({ name, status: 'ok', checksum })
    // It is translation that makes the linked addresses exist.
    expect(machine.counters().tlbMisses).toBeGreaterThan(0)
  })
})

test('a program does its rounds, and finds that each comes to the same', async () => {
  const [{ name }] = computePrograms
  const retired = async (rounds: number): Promise<number> => {
    let text = ''
    const output = (bytes: Uint8Array): void => {
      text += String.fromCharCode(...bytes)
    }
    const kernel = await programElf(name)
    const machine = createMachine({ kernel, bootargs: bootargs({ rounds }), console: { output } })
    await machine.run({ maxSteps: 40_000_000 })
    expect(readResult(text)).toMatchObject({ status: 'ok' })
    return Number(machine.counters().retired)
  }
  const [one, three] = [await retired(1), await retired(3)]
  expect(three / one).toBeGreaterThan(2.9)
  expect(three / one).toBeLessThan(3)
})
