import { type LearningSwitch, learningSwitch, userNetwork } from '@worldswitch/network'
import { describe, expect, test } from 'vitest'
import type { Machine } from './machine.ts'
import { machineFor } from './test-machine.ts'
import { ANSWER, ASK, NETWORK_DRIVER } from './test-network-driver.ts'

const macOf = (number: number): string => `52:54:00:00:00:0${number}`
const bytesOf = (mac: string): number[] => mac.split(':').map((byte) => Number.parseInt(byte, 16))

const plug = (source: string, hub: LearningSwitch, number: number, interactive = false): Machine => {
  const { machine } = machineFor(source, {
    networks: [{ backend: hub.port({ interactive }), mac: macOf(number) }],
  })
  return machine
}

const address = (frame: 'receiveBuffer' | 'transmitBuffer', offset: number): number =>
  NETWORK_DRIVER[frame] + 12 + offset

/** A frame from machine 1 to machine 2. */
const prepare = (machine: Machine): void => {
  const frame = [...bytesOf(macOf(2)), ...bytesOf(macOf(1)), 0x88, 0xb5, 40]
  machine.memory.writeRam(address('transmitBuffer', 0), Uint8Array.from(frame))
}

describe('two machines on a switch', () => {
  const ROUNDS = 20

  test('that take turns have the same conversation every time', () => {
    const converse = () => {
      const hub = learningSwitch()
      const one = plug(ASK(ROUNDS), hub, 1)
      const two = plug(ANSWER, hub, 2)
      prepare(one)
      let reason = ''
      for (let turn = 0; turn < 1000 && reason !== 'poweroff'; turn++) {
        two.runSlice(100_000)
        reason = one.runSlice(100_000).reason
      }
      const mark = one.memory.load32(address('receiveBuffer', 12)) >>> 16
      return {
        reason,
        mark: mark & 0xff,
        counts: hub.counts,
        steps: [one, two].map((machine) => machine.counters().steps),
      }
    }
    const first = converse()
    expect(first).toMatchObject({
      reason: 'poweroff',
      mark: 41,
      counts: { switched: 2 * ROUNDS - 1, flooded: 1, dropped: 0 },
    })
    expect(converse()).toEqual(first)
  })

  test('that run side by side wake each other', async () => {
    const hub = learningSwitch()
    const one = plug(ASK(ROUNDS), hub, 1, true)
    const two = plug(ANSWER, hub, 2, true)
    prepare(one)
    const stop = new AbortController()
    const answering = two.run({ signal: stop.signal })
    // The one that answers is there first.
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(await one.run()).toMatchObject({ reason: 'poweroff' })
    stop.abort()
    expect(await answering).toMatchObject({ reason: 'aborted' })
  })
})

test('a router answers a machine in the middle of its run', () => {
  const run = () => {
    const { machine } = machineFor(ASK(3), { networks: [{ backend: userNetwork() }] })
    const card = bytesOf('52:54:00:12:34:56')
    const question = [0, 1, 8, 0, 6, 4, 0, 1, ...card, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2]
    const frame = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...card, 8, 6, ...question]
    machine.memory.writeRam(address('transmitBuffer', 0), Uint8Array.from(frame))
    const result = machine.runSlice(100_000)
    // Who answers: the last bytes of the gateway's card.
    expect(machine.memory.load32(address('receiveBuffer', 24))).toBe(0x0202_000a)
    return result
  }
  expect(run()).toMatchObject({ reason: 'poweroff' })
  expect(run()).toEqual(run())
})
