import { type NetworkBackend, type NetworkCard, virtioConsole } from '@worldswitch/devices'
import { type Host, runVms, type Vm, type VmOptions } from '@worldswitch/hypervisor'
import { cardAddress } from '@worldswitch/machine'
import { ANSWER, ASK, NETWORK_DRIVER, NETWORK_DRIVER_SOURCE } from '@worldswitch/machine/test-network-driver'
import { type LearningSwitch, learningSwitch, userNetwork } from '@worldswitch/network'
import { describe, expect, test } from 'vitest'
import { POWEROFF, RAM, type StrategyKit, type TestGuest } from './strategy-kit.ts'

const EVERYBODY = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]
/** The most frames that wait in a card, and the frames of a burst that a guest sends. */
const CARD_QUEUE = 512

const bytesOf = (mac: string): number[] => mac.split(':').map((byte) => Number.parseInt(byte, 16))
const seeded = (seed: number): number[] => bytesOf(cardAddress(seed, 0))
const END = `poweroff:\n${POWEROFF}`
/** Without `poweroff`, which the driver's programs may jump to. */
const ANSWER_FOR_EVER = `${ANSWER}\n${END}`

/** Waits for ever, with its card up and one buffer offered; nothing wakes it. */
const DEAF = `
  call net_start
  csrw sie, x0
1: wfi
  j 1b
  ${NETWORK_DRIVER_SOURCE}`

/** Sends the frame in the transmit buffer again and again, then powers off. */
const FLOOD = (times: number): string => `
  call net_start
  li s4, ${times}
1:
  li a0, 72
  call net_send
  addi s4, s4, -1
  bnez s4, 1b
  ${END}
  ${NETWORK_DRIVER_SOURCE}`

/** Sends one frame, then sleeps until an answer is there or a second of its own time is over: prints A or T. */
const ASK_FOR_A_SECOND = `
  call net_start
  li t0, 0x220
  csrs sie, t0
  rdtime a0
  li t0, 10000000
  add a0, a0, t0
  li a7, 0x54494d45
  li a6, 0
  ecall
  li a0, 72
  call net_send
1:
  # What is pending is served first, so that nothing is slept through.
  li t1, 0xc201004
  lw t2, 0(t1)
  lw t3, 0x60(s0)
  sw t3, 0x64(s0)
  sw t2, 0(t1)
  li t0, ${NETWORK_DRIVER.receiveQueue + 0x2000}
  lhu t1, 2(t0)
  li t2, 65
  bnez t1, 2f
  csrr t1, sip
  andi t1, t1, 0x20
  li t2, 84
  bnez t1, 2f
  wfi
  j 1b
2:
  li t0, 0x10000000
  sb t2, 0(t0)
  ${END}
  ${NETWORK_DRIVER_SOURCE}`

/** Fills three buffers of virtio devices' queues: bytes of the entropy device, as letters, to the virtio console. */
const GREET = `
  li s0, 0x10002000       # entropy, slot 1
  li a0, 0
  li a1, 0x80300000
  li a2, 0x80304000
  li a3, 2                # written by the device
  call start
  lbu s5, 0(a2)
  li s0, 0x10001000       # console, slot 0: its transmit queue is 1
  li a0, 1
  li a1, 0x80310000
  li a2, 0x80314000
  li a3, 0
  andi s5, s5, 15
  addi s5, s5, 65
  sb s5, 0(a2)
  call start
  ${POWEROFF}
# Brings a device up, and gives it one byte in queue a0, at a1, whose buffer is a2; a3 is its direction.
start:
${[1, 3].map((status) => `  li t0, ${status}\n  sw t0, 0x70(s0)`).join('\n')}
  li t0, 1
  sw t0, 0x24(s0)
  sw t0, 0x20(s0)
  li t0, 11
  sw t0, 0x70(s0)
  sw a0, 0x30(s0)
  li t0, 8
  sw t0, 0x38(s0)
  sw a1, 0x80(s0)
  li t0, 0x1000
  add t1, a1, t0
  sw t1, 0x90(s0)
  add t2, t1, t0
  sw t2, 0xa0(s0)
  li t0, 1
  sw t0, 0x44(s0)
  sd a2, 0(a1)
  sw t0, 8(a1)
  sh a3, 12(a1)
  sh t0, 2(t1)
  li t0, 15
  sw t0, 0x70(s0)
  sw a0, 0x50(s0)
  ret`

/** Virtual machines on networks: with one another, with the host's, and against one another. */
export function testNetworks(kit: StrategyKit): void {
  const plug = (
    host: Host,
    program: string,
    seed: number,
    backend: NetworkBackend,
    options: Partial<VmOptions> = {},
  ): TestGuest => kit.guest(host, program, { memory: 2 * RAM, seed, networks: [{ backend }], ...options })

  /** Puts an Ethernet frame into the guest's transmit buffer. */
  const prepare = ({ memory }: Vm, frame: readonly number[]): void =>
    void memory.write(NETWORK_DRIVER.transmitBuffer + 12, Uint8Array.from(frame))

  const received = ({ memory }: Vm, bytes: number): number[] => {
    const target = new Uint8Array(bytes)
    memory.read(NETWORK_DRIVER.receiveBuffer + 12, target)
    return [...target]
  }

  describe('two VMs on a switch', () => {
    const ROUNDS = 50
    const converse = (turn?: number) => {
      const host = kit.smallHost(4)
      const hub = learningSwitch()
      const asks = plug(host, `${ASK(ROUNDS)}\n${END}`, 1, hub.port()).vm
      const answers = plug(host, ANSWER_FOR_EVER, 2, hub.port()).vm
      prepare(asks, [...seeded(2), ...seeded(1), 0x88, 0xb5, 40])
      const end = runVms(host, [answers, asks], turn === undefined ? {} : { slice: turn })
      return {
        end,
        asks: asks.ended?.reason,
        mark: received(asks, 15)[14],
        counts: hub.counts,
        cards: [asks, answers].map(({ networks }) => networks[0].counts),
        cycles: host.cycles,
      }
    }

    test('converse, each woken by the frame of the other, and the same every time', () => {
      const first = converse()
      expect(first).toMatchObject({
        // The one that answers waits for more.
        end: 'idle',
        asks: 'poweroff',
        mark: 41,
        counts: { switched: 2 * ROUNDS - 1, flooded: 1, dropped: 0 },
        cards: [
          { sent: ROUNDS, received: ROUNDS, dropped: 0 },
          { sent: ROUNDS, received: ROUNDS, dropped: 0 },
        ],
      })
      expect(converse()).toEqual(first)
    })

    test('converse in turns of any length', () => {
      expect(converse(2000)).toMatchObject({ asks: 'poweroff', mark: 41 })
    })
  })

  test('a VM has one card on a switch and another on the network of the host', () => {
    const host = kit.smallHost(4)
    const hub = learningSwitch()
    const card = seeded(3)
    const router = userNetwork()
    // The driver is for the first card: that is the router's for one VM, and the switch's for the other.
    const question = [0, 1, 8, 0, 6, 4, 0, 1, ...card, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2]
    const { vm } = plug(host, `${ASK(1)}\n${END}`, 3, router, {
      networks: [{ backend: router }, { backend: hub.port() }],
    })
    const other = plug(host, FLOOD(1), 4, hub.port()).vm
    prepare(vm, [...EVERYBODY, ...card, 8, 6, ...question])
    prepare(other, [...EVERYBODY, ...seeded(4), 0x88, 0xb5])
    expect(runVms(host, [vm, other])).toBe('ended')
    // Who answers: the gateway's card.
    expect(received(vm, 28).slice(22)).toEqual([0x52, 0x55, 10, 0, 2, 2])
    // The second card's driver is not up: what came for it is lost, and counted.
    expect(vm.networks.map(({ counts }) => counts)).toEqual([
      { sent: 1, received: 1, dropped: 0 },
      { sent: 0, received: 0, dropped: 1 },
    ])
    expect(hub.counts).toEqual({ switched: 0, flooded: 1, dropped: 1 })
  })

  describe('a VM that floods a switch', () => {
    const flood = (hub: LearningSwitch, frame: readonly number[], neighbour: string, times = 3000) => {
      const host = kit.smallHost(4)
      const floods = plug(host, FLOOD(times), 1, hub.port()).vm
      const suffers = plug(host, neighbour, 2, hub.port()).vm
      prepare(floods, frame)
      // Until the neighbour's driver is up.
      runVms(host, [suffers], { cycles: 100_000 })
      runVms(host, [suffers, floods], { cycles: 1e9 })
      expect(floods.ended?.reason).toBe('poweroff')
      return { host, suffers, counts: hub.counts, card: suffers.networks[0].counts }
    }

    test.each([
      ['with frames for everybody', EVERYBODY],
      ['with frames for nobody', [2, 0, 0, 0, 0, 9]],
    ])('%s fills what a neighbour keeps, and no more; the others are counted', (_name, destination) => {
      const { counts, card } = flood(learningSwitch(), [...destination, ...seeded(1), 0x88, 0xb5], DEAF)
      expect(card).toEqual({ sent: 0, received: 1, dropped: 3000 - CARD_QUEUE - 1 })
      expect(counts).toEqual({ switched: 0, flooded: 3000, dropped: card.dropped })
    })

    test('from an address that it made up gets the answers, and nobody else does', () => {
      const frame = [...EVERYBODY, 2, 0, 0, 0, 0, 7, 0x88, 0xb5]
      const { counts, card } = flood(learningSwitch(), frame, ANSWER_FOR_EVER, 400)
      expect(card).toEqual({ sent: 400, received: 400, dropped: 0 })
      expect(counts).toEqual({ flooded: 400, switched: 400, dropped: 0 })
    })
  })

  test('a VM that was destroyed is not at its switch any more', () => {
    const host = kit.smallHost(4)
    const hub = learningSwitch()
    const gone = plug(host, DEAF, 2, hub.port()).vm
    const sends = plug(host, FLOOD(5), 1, hub.port()).vm
    prepare(sends, [...EVERYBODY, ...seeded(1), 0x88, 0xb5])
    expect(runVms(host, [gone], { cycles: 100_000 })).toBe('idle')
    gone.destroy()
    expect(hub.size).toBe(1)
    expect(runVms(host, [sends])).toBe('ended')
    expect(hub.counts).toEqual({ flooded: 5, switched: 0, dropped: 0 })
    sends.destroy()
    expect(hub.size).toBe(0)
    expect(host.frames.used).toBe(0)
  })

  describe('a VM that waits for a network', () => {
    /** A network whose answers come when the test says so. */
    class Outside implements NetworkBackend {
      card: NetworkCard | undefined
      awaiting = true
      connect(card: NetworkCard): void {
        this.card = card
      }
      send(): void {}
    }
    const ask = () => {
      const host = kit.smallHost(2)
      const outside = new Outside()
      const { vm, text } = plug(host, ASK_FOR_A_SECOND, 0, outside)
      return { host, outside, vm, text }
    }

    test('sees no more time pass than passes outside', () => {
      const { host, outside, vm, text } = ask()
      expect([runVms(host, [vm]), vm.awaitingNetwork]).toEqual(['idle', true])
      expect(host.cycles).toBeLessThan(1e8)
      outside.card?.receive(new Uint8Array(60))
      expect([runVms(host, [vm]), text()]).toEqual(['ended', 'A'])
    })

    test('gets its timers when nothing more can come', () => {
      const { host, outside, vm, text } = ask()
      expect(runVms(host, [vm])).toBe('idle')
      outside.awaiting = false
      expect([runVms(host, [vm]), text()]).toEqual(['ended', 'T'])
      expect(host.cycles).toBeGreaterThan(1e9)
    })
  })

  test.each([
    [5, 3],
    [8, 1],
  ])('%i disks and %i cards and an entropy device are refused: there is no room', (disks, cards) => {
    const disk = { sectors: 8, readOnly: true, read() {}, write() {}, flush() {} }
    const options = {
      disks: Array.from({ length: disks }, () => disk),
      networks: Array.from({ length: cards }, () => ({ backend: userNetwork() })),
      rng: true,
    }
    expect(() => kit.guest(kit.smallHost(), POWEROFF, options)).toThrow(/8 slots/)
  })

  test('a VM has an entropy device by its seed, and a virtio console of its own', () => {
    const greet = (seed: number): string => {
      let text = ''
      const console_ = virtioConsole({
        output(bytes) {
          text += String.fromCharCode(...bytes)
        },
      })
      const host = kit.smallHost()
      const { vm } = kit.guest(host, GREET, { virtio: [console_], rng: true, seed })
      expect(runVms(host, [vm])).toBe('ended')
      return text
    }
    const letters = [0, 1, 2, 3, 4, 5].map(greet)
    for (const letter of letters) expect(letter).toMatch(/^[A-P]$/)
    expect(new Set(letters).size).toBeGreaterThan(1)
    expect(greet(3)).toBe(letters[3])
  })
}
