import type { NetworkBackend, NetworkCard } from '@worldswitch/devices'
import { describe, expect, test } from 'vitest'
import type { createMachine } from './machine.ts'
import type { MachineOptions } from './machine-options.ts'
import { machineFor } from './test-machine.ts'
import { NETWORK_DRIVER, NETWORK_DRIVER_SOURCE } from './test-network-driver.ts'

/** Sends the 60 bytes that the host put into the transmit buffer, waits for one frame, and powers off. */
const SEND_AND_WAIT = `
  call net_start
  li a0, 72
  call net_send
  call net_receive
  j poweroff
  ${NETWORK_DRIVER_SOURCE}
`

const WAIT = `
  call net_start
  call net_receive
  j poweroff
  ${NETWORK_DRIVER_SOURCE}
`

const frame = (first: number): Uint8Array => Uint8Array.from({ length: 60 }, (_, i) => (first + i) & 0xff)

/** A network whose answers come when the test says so. */
class Outside implements NetworkBackend {
  card!: NetworkCard
  readonly frames: Uint8Array[] = []
  awaiting = true
  answer: ((frame: Uint8Array) => void) | undefined
  connect(card: NetworkCard): void {
    this.card = card
  }
  send(bytes: Uint8Array): void {
    this.frames.push(bytes)
    this.answer?.(bytes)
  }
}

const setUp = (source: string, options: Pick<MachineOptions, 'clock' | 'networks'> = {}) => {
  const outside = new Outside()
  const { machine } = machineFor(source, { networks: [{ backend: outside }], ...options })
  machine.memory.writeRam(NETWORK_DRIVER.transmitBuffer + 12, frame(1))
  const received = (): Uint8Array => {
    const at = NETWORK_DRIVER.receiveBuffer + 12 - 0x8000_0000
    return machine.memory.ram.slice(at, at + 60)
  }
  return { machine, outside, received }
}

test('an answer at once is part of the run', () => {
  const run = () => {
    const { machine, outside, received } = setUp(SEND_AND_WAIT)
    outside.answer = () => outside.card.receive(frame(9))
    const result = machine.runSlice(10_000)
    expect([result.reason, outside.frames, received()]).toEqual(['poweroff', [frame(1)], frame(9)])
    return result.steps
  }
  expect(run()).toBe(run())
})

describe.each(['virtual', 'wall'] as const)('on the %s clock', (clock) => {
  test('a frame from outside wakes a machine that waits', async () => {
    const { machine, outside, received } = setUp(SEND_AND_WAIT, { clock })
    outside.answer = () => setTimeout(() => outside.card.receive(frame(7)), 20)
    expect(await machine.run()).toMatchObject({ reason: 'poweroff' })
    expect(received()).toEqual(frame(7))
  })

  test('a slice says what the machine waits for', () => {
    const { machine, outside } = setUp(WAIT, { clock })
    expect(machine.runSlice(10_000)).toMatchObject({ reason: 'idle', waitingFor: 'network' })
    outside.awaiting = false
    expect(machine.runSlice(10_000)).toMatchObject({ reason: 'idle', waitingFor: 'input' })
    outside.card.receive(frame(1))
    expect(machine.runSlice(10_000)).toMatchObject({ reason: 'poweroff' })
  })

  test('a wait that is given up without a word ends', async () => {
    const { machine, outside } = setUp(WAIT, { clock })
    setTimeout(() => {
      outside.awaiting = false
    }, 10)
    expect(await machine.run()).toMatchObject({ reason: 'idle', waitingFor: 'input' })
  })
})

test('virtual time passes no faster than real time while an answer is owed', async () => {
  const TIMEOUT = `
    call net_start
    rdtime a0
    li t0, 300000           # 30 milliseconds
    add a0, a0, t0
    li a7, TIME
    li a6, 0
    ecall
    li t0, 0x20
    csrs sie, t0
    wfi
    j poweroff
    ${NETWORK_DRIVER_SOURCE}
  `
  const timed = async (awaiting: boolean) => {
    const { machine, outside } = setUp(TIMEOUT)
    outside.awaiting = awaiting
    const start = performance.now()
    const { reason, steps } = await machine.run()
    expect(reason).toBe('poweroff')
    expect(machine.elapsed).toBeGreaterThan(30_000_000)
    return { steps, milliseconds: performance.now() - start }
  }
  const patient = await timed(true)
  expect(patient.milliseconds).toBeGreaterThanOrEqual(29)
  expect(patient.steps).toBe((await timed(false)).steps)
})

describe('slots', () => {
  const idOf = (machine: ReturnType<typeof createMachine>, slot: 0 | 1 | 2 | 3): number =>
    machine.board.devices[`virtio${slot}`].read(8, 4)

  test('cards come after disks and before other devices, entropy last', () => {
    const { machine } = setUp(WAIT, { networks: [{ backend: new Outside() }, { backend: new Outside() }] })
    expect([idOf(machine, 0), idOf(machine, 1), idOf(machine, 2)]).toEqual([1, 1, 0])
    const { virtio0, virtio1 } = machine.board.devices
    expect([virtio0.read(0x105, 1), virtio1.read(0x105, 1)]).toEqual([0x56, 0x57])
  })

  test('an address of one’s own', () => {
    const { machine } = setUp(WAIT, { networks: [{ backend: new Outside(), mac: '02:00:00:00:00:01' }] })
    expect(machine.board.devices.virtio0.read(0x100, 1)).toBe(2)
  })
})

describe('entropy', () => {
  /** Asks the entropy device in slot 0 for 32 bytes at 0x8062_0000. */
  const ASK = `
    call net_start
    j poweroff
    ${NETWORK_DRIVER_SOURCE}
  `
  const draw = (options: Pick<MachineOptions, 'rng' | 'seed' | 'clock'>): string => {
    const { machine } = machineFor(ASK, options)
    expect(machine.runSlice(10_000)).toMatchObject({ reason: 'poweroff' })
    return Buffer.from(machine.memory.ram.subarray(0x62_0000, 0x62_0020)).toString('hex')
  }

  test('repeats itself under the virtual clock, by the seed', () => {
    const first = draw({ rng: true, seed: 5 })
    expect(draw({ rng: true, seed: 5 })).toBe(first)
    expect(draw({ rng: true, seed: 6 })).not.toBe(first)
  })

  test('is the host’s under the wall clock', () => {
    expect(draw({ rng: true, clock: 'wall' })).not.toBe(draw({ rng: true, clock: 'wall' }))
  })

  test('comes from where the embedder says', () => {
    expect(draw({ rng: { fill: (target) => target.fill(0xab) } })).toBe('ab'.repeat(32))
  })

  test('is not there by default', () => {
    expect(draw({})).toBe('00'.repeat(32))
  })

  test('starts over with the machine', () => {
    const { machine } = machineFor(ASK, { rng: true })
    const bytes = () => machine.memory.ram.slice(0x62_0000, 0x62_0020)
    machine.runSlice(10_000)
    const first = bytes()
    machine.reset()
    machine.runSlice(10_000)
    expect(bytes()).toEqual(first)
  })
})
