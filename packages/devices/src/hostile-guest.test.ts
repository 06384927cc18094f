import { describe, expect, test } from 'vitest'
import { GuestRam } from '../test/guest-ram.ts'
import { random32 } from '../test/random.ts'
import { Bus } from './bus.ts'
import type { AccessWidth, Device } from './device.ts'
import * as devices from './index.ts'

/** Names of everything exported that makes a device: a new one without a row below does not compile. */
type DeviceMaker = {
  [K in keyof typeof devices]: (typeof devices)[K] extends (options: never) => Device ? K : never
}[keyof typeof devices]

const RAM_SIZE = 0x4_0000

/** The time moves a little with every look at it, so that timers fire at odd moments. */
const movingTime = () => {
  let now = 0n
  return () => (now += 3n)
}

const virtio = (device: devices.VirtioDevice, ram: GuestRam): Device =>
  devices.virtioMmio({ device, memory: ram })

/** A network that sends everything back twice. */
const echo = (): devices.NetworkBackend => {
  let card: devices.NetworkCard
  return {
    connect(plugged) {
      card = plugged
    },
    send(frame) {
      card.receive(frame)
      card.receive(frame)
    },
  }
}

/** Every device, with RAM for those that reach it. */
const makers = {
  aclintMswi: () => [devices.aclintMswi({ harts: 3, software() {} })],
  aclintMtimer: () => [devices.aclintMtimer({ harts: 3, time: movingTime(), timer() {} })],
  aclintSswi: () => [devices.aclintSswi({ harts: 3, setSoftware() {} })],
  clint: () => [devices.clint({ harts: 3, time: movingTime(), software() {}, timer() {} })],
  goldfishRtc: () => [devices.goldfishRtc({ now: movingTime() })],
  plic: () => {
    const controller = devices.plic({ sources: 96, contexts: 4, output() {} })
    for (let source = 1; source <= 96; source += 5) controller.line(source)(true)
    return [controller]
  },
  testFinisher: () => [devices.testFinisher({ exit() {} })],
  uart16550: () => {
    const uart = devices.uart16550({ output() {} })
    uart.receive(new Uint8Array(10_000))
    return [uart]
  },
  virtioMmio: (ram) => {
    const console = devices.virtioConsole({ output() {} })
    console.receive(new Uint8Array(10_000))
    return [
      virtio(devices.virtioBlk({ backend: devices.memoryBlocks(new Uint8Array(0x1_0000)) }), ram),
      virtio(console, ram),
      virtio(devices.virtioRng({ source: devices.seededEntropy(1) }), ram),
      virtio(devices.virtioNet({ backend: echo() }), ram),
      devices.virtioMmio({ memory: ram }),
    ]
  },
} satisfies Record<DeviceMaker, (ram: GuestRam) => Device[]>

const WIDTHS: readonly AccessWidth[] = [1, 2, 4]
const inRange = (value: number, width: AccessWidth): boolean =>
  Number.isInteger(value) && value >= 0 && value < 2 ** (8 * width)

/** Values that registers treat as special, and any others. */
const values = (random: () => number): number => {
  const choice = random() % 8
  if (choice === 0) return 0
  if (choice === 1) return 0xffff_ffff
  if (choice === 2) return 2 ** (random() % 32)
  if (choice === 3) return random() % 64
  if (choice === 4) return 0x8000_0000 + (random() % RAM_SIZE)
  return random()
}

/** Offsets to try, one after another: all of a small device, the beginning and a sample of a large one. */
function* offsets(size: number, random: () => number): Generator<number> {
  const all = Math.min(size, 0x4000)
  for (let offset = 0; offset < all; offset++) yield offset
  if (size > all) for (let i = 0; i < 0x4000; i++) yield random() % size
  // The contexts of a PLIC, which a sample over megabytes would miss.
  if (size > 0x20_0000) for (let offset = 0x20_0000; offset < 0x20_5010; offset++) yield offset
}

const store = (device: Device, offset: number, width: AccessWidth, value: number): void =>
  device.write(offset, width, width === 4 ? value : value & (2 ** (8 * width) - 1))

/** Random storms with registers that matter far more often than the rest: guided, to get past negotiation. */
const storm = (device: Device, ram: GuestRam, random: () => number, accesses: number): number => {
  let wrong = 0
  const registers = Math.min(device.size, 0x200)
  for (let i = 0; i < accesses; i++) {
    const width = WIDTHS[random() % 3]
    const offset = random() % 8 === 0 ? random() % device.size : (random() % (registers / 4)) * 4
    if (random() & 1) store(device, offset, 4, values(random))
    else if (!inRange(device.read(offset, width), width)) wrong++
    if (i % 64 === 0) ram.view.setUint32((random() % (RAM_SIZE / 4)) * 4, values(random), true)
  }
  return wrong
}

describe.each(Object.entries(makers))('%s', (_name, make: (ram: GuestRam) => Device[]) => {
  test('takes every width at every offset, and reads in range', () => {
    const ram = new GuestRam(RAM_SIZE)
    const random = random32(1)
    for (const device of make(ram)) {
      let wrong = 0
      for (const offset of offsets(device.size, random))
        for (const width of WIDTHS) {
          if (!inRange(device.read(offset, width), width)) wrong++
          store(device, offset, width, values(random))
          if (!inRange(device.read(offset, width), width)) wrong++
        }
      expect(wrong).toBe(0)
      device.reset()
    }
  })

  test('reads double words in range', () => {
    for (const device of make(new GuestRam(RAM_SIZE))) {
      const bus = new Bus().map({ name: 'device', base: 0, device })
      const end = Math.min(device.size, 0x1_0000)
      let wrong = 0
      for (let offset = 0; offset < end; offset += 8) {
        bus.write(offset, 8, 0xffff_ffff_ffff_ffffn)
        const value = bus.read(offset, 8)
        if (value === undefined || BigInt.asUintN(64, value) !== value) wrong++
      }
      expect(wrong).toBe(0)
    }
  })

  test('survives storms of random accesses', () => {
    const ram = new GuestRam(RAM_SIZE)
    for (const device of make(ram))
      for (let seed = 1; seed <= 4; seed++) {
        expect(storm(device, ram, random32(seed), 20_000)).toBe(0)
        device.reset()
      }
  })

  test('is after a reset as it was after power-on', () => {
    const ram = new GuestRam(RAM_SIZE)
    const registers = (device: Device): number[] =>
      Array.from({ length: Math.min(device.size, 0x4000) / 4 }, (_, i) => device.read(4 * i, 4))
    const fresh = make(ram)
    const used = make(ram)
    fresh.forEach((device, i) => {
      storm(used[i], ram, random32(9), 5000)
      used[i].reset()
      // Input of the host goes with a reset, and time goes on.
      device.reset()
      const moving = (value: number, index: number) => (_name.includes('Rtc') && index < 2 ? 0 : value)
      expect(registers(used[i]).map(moving)).toEqual(registers(device).map(moving))
    })
  })
})

describe('a driver that goes through the motions with nonsense in its rings', () => {
  test.each([
    [
      'disk',
      (ram: GuestRam) =>
        virtio(devices.virtioBlk({ backend: devices.memoryBlocks(new Uint8Array(0x1_0000)) }), ram),
    ],
    [
      'console',
      (ram: GuestRam) => {
        const console = devices.virtioConsole({ output() {} })
        console.receive(new Uint8Array(60_000))
        return virtio(console, ram)
      },
    ],
    ['entropy', (ram: GuestRam) => virtio(devices.virtioRng({ source: devices.seededEntropy(1) }), ram)],
    ['network card', (ram: GuestRam) => virtio(devices.virtioNet({ backend: echo() }), ram)],
  ])('cannot hang the %s', (_name, make) => {
    const random = random32(5)
    let served = 0
    let refused = 0
    for (let round = 0; round < 600; round++) {
      const ram = new GuestRam(RAM_SIZE)
      const device = make(ram)
      const set = (offset: number, value: number): void => device.write(offset, 4, value >>> 0)
      // Half of the rounds have plausible descriptors, the others are noise.
      for (let i = 0; i < 0x1000; i += 4) ram.view.setUint32(i, values(random), true)
      if (round & 1)
        for (let i = 0; i < 64; i++) {
          ram.view.setBigUint64(16 * i, BigInt(0x8000_0000 + (random() % RAM_SIZE)), true)
          ram.view.setUint32(16 * i + 8, [16, 512, 1, 513, random()][random() % 5], true)
          ram.view.setUint16(16 * i + 12, random() % 8, true)
          ram.view.setUint16(16 * i + 14, random() % 65, true)
        }
      for (let i = 0; i < 64; i++) ram.view.setUint16(0x1004 + 2 * i, random() % 65, true)
      ram.view.setUint16(0x1002, random() % 66, true)
      for (const status of [1, 3]) set(0x70, status)
      set(0x24, 0)
      set(0x20, 1 << 28)
      set(0x24, 1)
      set(0x20, 1)
      set(0x70, 11)
      for (const queue of [0, 1]) {
        set(0x30, queue)
        set(0x38, 64)
        set(0x80, 0x8000_0000)
        set(0x90, 0x8000_1000)
        set(0xa0, random() % 8 ? 0x8000_2000 : random() & ~3)
        set(0x44, 1)
      }
      const before = ram.moved
      set(0x70, 15)
      for (const queue of [0, 1]) set(0x50, queue)
      if (device.read(0x70, 4) & 64) refused++
      else served++
      // Bounded: notifications x descriptors x (descriptor + most data of the small RAM).
      if (ram.moved - before > 4 * 64 * (64 * 16 + 2 * RAM_SIZE)) expect.unreachable(`round ${round}`)
    }
    expect([served > 0, refused > 0]).toEqual([true, true])
  })
})
