import { describe, expect, test } from 'vitest'
import { join, type NetworkCard } from './cable.ts'
import { buildEthernet } from './ethernet.ts'
import { type LearningSwitch, learningSwitch } from './learning-switch.ts'
import { NetworkError } from './network-error.ts'

const mac = (last: number): Uint8Array => Uint8Array.of(2, 0, 0, 0, last >>> 8, last)
const EVERYBODY = new Uint8Array(6).fill(0xff)

const frame = (source: Uint8Array, destination: Uint8Array, mark = 0): Uint8Array =>
  buildEthernet({ source, destination, type: 0x88b5, payload: Uint8Array.of(mark) })

/** A machine at a port: the marks of frames that it got. */
class Machine implements NetworkCard {
  readonly got: number[] = []
  readonly send: (to: Uint8Array, mark?: number, from?: Uint8Array) => void
  full = false
  onReceive: ((mark: number) => void) | undefined
  readonly leave: () => void

  constructor(hub: LearningSwitch, number: number) {
    const port = hub.port()
    port.connect(this)
    this.leave = () => port.disconnect?.()
    this.send = (to, mark = 0, from = mac(number)) => port.send(frame(from, to, mark))
  }
  receive(bytes: Uint8Array): boolean {
    if (this.full) return false
    this.got.push(bytes[14])
    this.onReceive?.(bytes[14])
    return true
  }
  setLink(): void {}
}

const setUp = (count: number) => {
  const hub = learningSwitch()
  const machines = Array.from({ length: count }, (_, i) => new Machine(hub, i))
  return { hub, machines, got: () => machines.map(({ got }) => got.splice(0)) }
}

test('gives frames for everybody, groups and strangers to all others', () => {
  const { hub, machines, got } = setUp(3)
  machines[0].send(EVERYBODY, 1)
  machines[1].send(Uint8Array.of(1, 0, 0x5e, 0, 0, 1), 2)
  machines[2].send(mac(77), 3)
  expect(got()).toEqual([
    [2, 3],
    [1, 3],
    [1, 2],
  ])
  expect(hub.counts).toEqual({ switched: 0, flooded: 3, dropped: 0 })
})

test('a card that has gone gets and sends nothing, and its address is nobody’s', () => {
  const { hub, machines, got } = setUp(3)
  machines[0].send(EVERYBODY, 1)
  machines[0].leave()
  machines[0].send(EVERYBODY, 2)
  machines[1].send(EVERYBODY, 3)
  machines[1].send(mac(0), 4)
  expect(got()).toEqual([[], [1], [1, 3, 4]])
  expect(hub.counts).toEqual({ switched: 0, flooded: 3, dropped: 1 })
  expect(hub.size).toBe(2)
})

test('a port takes another card when the one it had has gone', () => {
  const hub = learningSwitch()
  const port = hub.port()
  const card = { receive: () => true, setLink() {} }
  port.connect(card)
  expect(() => port.connect(card)).toThrow(NetworkError)
  port.disconnect?.()
  port.connect(card)
  expect(hub.size).toBe(1)
})

test('a card can go while frames wait: its own are lost', () => {
  const { hub, machines, got } = setUp(3)
  machines[1].onReceive = () => {
    machines[1].onReceive = undefined
    machines[1].send(mac(0), 2)
    machines[1].leave()
  }
  machines[0].send(EVERYBODY, 1)
  expect(got()).toEqual([[], [1], [1]])
  expect(hub.counts.dropped).toBe(1)
})

test('learns who is where', () => {
  const { hub, machines, got } = setUp(3)
  machines[0].send(EVERYBODY)
  machines[1].send(mac(0), 5)
  machines[0].send(mac(1), 6)
  expect(got()).toEqual([[5], [0, 6], [0]])
  expect(hub.counts.switched).toBe(2)
})

test('follows a machine to another port', () => {
  const { machines, got } = setUp(3)
  machines[0].send(EVERYBODY)
  machines[2].send(EVERYBODY, 0, mac(0))
  got()
  machines[1].send(mac(0), 9)
  expect(got()).toEqual([[], [], [9]])
})

test('gives nothing back to where it came from', () => {
  const { machines, got } = setUp(2)
  machines[0].send(EVERYBODY)
  got()
  machines[0].send(mac(0), 1, mac(50))
  machines[0].send(mac(0), 2)
  expect(got()).toEqual([[], []])
})

test('a group is never learned as a sender', () => {
  const { machines, got } = setUp(3)
  machines[0].send(mac(60), 0, EVERYBODY)
  got()
  machines[1].send(EVERYBODY, 4)
  expect(got()).toEqual([[4], [], [4]])
})

test('answers follow the frame that they answer', () => {
  const { machines } = setUp(3)
  const order: string[] = []
  machines.forEach((machine, i) => {
    machine.onReceive = (mark) => order.push(`${i}:${mark}`)
  })
  machines[1].onReceive = (mark) => {
    order.push(`1:${mark}`)
    machines[1].send(mac(0), mark + 1)
  }
  machines[0].send(EVERYBODY, 1)
  expect(order).toEqual(['1:1', '2:1', '0:2'])
})

test('a card without room loses the frame', () => {
  const { hub, machines, got } = setUp(3)
  machines[1].full = true
  machines[0].send(EVERYBODY, 1)
  machines[1].send(EVERYBODY, 2)
  machines[0].send(mac(1), 3)
  expect(got()).toEqual([[2], [], [1, 2]])
  expect(hub.counts.dropped).toBe(2)
})

test('what is no frame is dropped', () => {
  const hub = learningSwitch()
  const port = hub.port()
  port.send(new Uint8Array(13))
  expect(hub.counts).toEqual({ switched: 0, flooded: 0, dropped: 1 })
})

test('a port takes one card', () => {
  const port = learningSwitch().port()
  const card = { receive: () => true, setLink() {} }
  port.connect(card)
  expect(() => port.connect(card)).toThrow(expect.objectContaining({ code: 'second-card' }))
})

test('a port waits for frames only when told so', () => {
  const hub = learningSwitch()
  expect([hub.port().awaiting, hub.port({ interactive: true }).awaiting]).toEqual([false, true])
})

describe('a hostile machine', () => {
  test('that has thousands of addresses makes the switch forget, and no more', () => {
    const { machines, got } = setUp(3)
    machines[1].send(EVERYBODY)
    for (let i = 0; i < 5000; i++) machines[0].send(mac(1), 0, mac(1000 + i))
    got()
    machines[2].send(mac(1), 7)
    // Forgotten: everybody gets it.
    expect(got()).toEqual([[7], [7], []])
    machines[1].send(EVERYBODY)
    got()
    machines[2].send(mac(1), 8)
    expect(got()).toEqual([[], [8], []])
  })

  test('that answers everything with two frames is cut off', () => {
    const { hub, machines } = setUp(2)
    for (const machine of machines)
      machine.onReceive = () => {
        machine.send(EVERYBODY)
        machine.send(EVERYBODY)
      }
    machines[0].send(EVERYBODY)
    expect(hub.counts.flooded).toBe(1024)
    expect(hub.counts.dropped).toBeGreaterThan(0)
  })

  test('cannot make a loop of cables turn for ever', () => {
    const { hub, machines } = setUp(1)
    const other = learningSwitch()
    join(hub.port(), other.port())
    join(hub.port(), other.port())
    machines[0].send(EVERYBODY, 1)
    expect(hub.counts.flooded).toBeLessThanOrEqual(1024 * 1025)
    const before = hub.counts.flooded
    machines[0].send(EVERYBODY, 1)
    expect(hub.counts.flooded - before).toBeLessThanOrEqual(1024 * 1025)
  })
})

test('switches can be joined', () => {
  const one = setUp(2)
  const other = setUp(2)
  join(one.hub.port(), other.hub.port())
  one.machines[0].send(EVERYBODY, 1)
  other.machines[1].send(mac(0), 2)
  expect([one.got(), other.got()]).toEqual([
    [[2], [1]],
    [[1], [1]],
  ])
})
