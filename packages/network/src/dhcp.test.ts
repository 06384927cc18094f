import { describe, expect, test } from 'vitest'
import { datagramOf, FakeGuest, packetOf } from '../test/fake-guest.ts'
import { get32 } from './big-endian.ts'
import { parseEthernet } from './ethernet.ts'
import { buildIpv4 } from './ipv4.ts'
import { formatAddress } from './ipv4-address.ts'
import { buildUdp } from './udp.ts'
import { userNetwork } from './user-network.ts'

const TYPE = { discover: 1, offer: 2, request: 3, decline: 4, ack: 5, nak: 6, release: 7, inform: 8 }

const address = (text: string): number[] => text.split('.').map(Number)

interface Ask {
  type: number
  mac?: number
  client?: string
  requested?: string
  server?: string
  broadcast?: boolean
}

/** A message written from RFC 2131, figure 1. */
const message = ({
  type,
  mac = 0,
  client = '0.0.0.0',
  requested,
  server,
  broadcast = false,
}: Ask): Uint8Array =>
  Uint8Array.of(
    ...[1, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef, 0, 0, broadcast ? 0x80 : 0, 0],
    ...address(client),
    ...new Uint8Array(12),
    ...[0x52, 0x54, 0, 0, 0, mac],
    ...new Uint8Array(202),
    ...[0x63, 0x82, 0x53, 0x63, 53, 1, type],
    ...[12, 5, ...new TextEncoder().encode('guest'), 0],
    ...(requested ? [50, 4, ...address(requested)] : []),
    ...(server ? [54, 4, ...address(server)] : []),
    255,
  )

const setUp = () => {
  const network = userNetwork()
  const guest = new FakeGuest(network, '0.0.0.0')
  /** What came back: type, address, and the frame it was in. */
  const ask = (parts: Ask) => {
    const packets = guest.udp('255.255.255.255', 67, message(parts), 68)
    return packets.map((packet) => {
      const { payload, sourcePort, destinationPort } = datagramOf(packet)
      expect([sourcePort, destinationPort, payload[0], get32(payload, 4)]).toEqual([67, 68, 2, 0xdead_beef])
      const options = new Map<number, number[]>()
      for (let at = 240; payload[at] !== 255; at += 2 + payload[at + 1])
        options.set(payload[at], [...payload.subarray(at + 2, at + 2 + payload[at + 1])])
      return {
        type: options.get(53)![0],
        address: formatAddress(get32(payload, 16)),
        to: formatAddress(packet.destination),
        options,
      }
    })
  }
  return { network, guest, ask }
}

const short = (answers: ReturnType<ReturnType<typeof setUp>['ask']>) =>
  answers.map(({ type, address: given }) => [type, given])

test('offers and gives an address, with everything that belongs to it', () => {
  const { ask } = setUp()
  expect(short(ask({ type: TYPE.discover }))).toEqual([[TYPE.offer, '10.0.2.15']])
  const [ack] = ask({ type: TYPE.request, requested: '10.0.2.15', server: '10.0.2.2' })
  expect([ack.type, ack.address, ack.to]).toEqual([TYPE.ack, '10.0.2.15', '10.0.2.15'])
  expect(Object.fromEntries(ack.options)).toEqual({
    1: [255, 255, 255, 0],
    3: [10, 0, 2, 2],
    6: [10, 0, 2, 3],
    51: [0, 1, 0x51, 0x80],
    53: [5],
    54: [10, 0, 2, 2],
  })
})

test.each<[string, Ask[], (number | string)[][]]>([
  [
    'keeps a client’s address',
    [{ type: TYPE.discover }, { type: TYPE.discover }],
    [[TYPE.offer, '10.0.2.15']],
  ],
  [
    'gives each client its own',
    [{ type: TYPE.discover }, { type: TYPE.discover, mac: 1 }],
    [[TYPE.offer, '10.0.2.16']],
  ],
  [
    'gives the one that is asked for',
    [{ type: TYPE.discover, requested: '10.0.2.99' }],
    [[TYPE.offer, '10.0.2.99']],
  ],
  ['but not the gateway’s', [{ type: TYPE.discover, requested: '10.0.2.2' }], [[TYPE.offer, '10.0.2.15']]],
  [
    'nor another’s',
    [{ type: TYPE.discover }, { type: TYPE.discover, mac: 1, requested: '10.0.2.15' }],
    [[TYPE.offer, '10.0.2.16']],
  ],
  [
    'a client that knows its address',
    [{ type: TYPE.request, requested: '10.0.2.20' }],
    [[TYPE.ack, '10.0.2.20']],
  ],
  ['a client that renews', [{ type: TYPE.request, client: '10.0.2.20' }], [[TYPE.ack, '10.0.2.20']]],
  ['a client from elsewhere', [{ type: TYPE.request, requested: '192.168.0.5' }], [[TYPE.nak, '0.0.0.0']]],
  [
    'a client with another’s address',
    [{ type: TYPE.discover }, { type: TYPE.request, mac: 1, requested: '10.0.2.15' }],
    [[TYPE.nak, '0.0.0.0']],
  ],
  ['a request for another server', [{ type: TYPE.request, requested: '10.0.2.15', server: '10.0.2.9' }], []],
  [
    'a client that has an address already',
    [{ type: TYPE.inform, client: '10.0.2.77' }],
    [[TYPE.ack, '0.0.0.0']],
  ],
  ['a message of a server', [{ type: TYPE.offer }], []],
  ['an unknown message', [{ type: 200 }], []],
  [
    'an address that was released is free',
    [{ type: TYPE.discover }, { type: TYPE.release, client: '10.0.2.15' }, { type: TYPE.discover, mac: 1 }],
    [[TYPE.offer, '10.0.2.15']],
  ],
  [
    'another client cannot release it',
    [
      { type: TYPE.discover },
      { type: TYPE.release, mac: 2, client: '10.0.2.15' },
      { type: TYPE.discover, mac: 1 },
    ],
    [[TYPE.offer, '10.0.2.16']],
  ],
])('%s', (_name, asks, expected) => {
  const { ask } = setUp()
  const answers = asks.map((one) => short(ask(one)))
  expect(answers.at(-1)).toEqual(expected)
})

describe('answers go', () => {
  const sent = (ask: Ask) => {
    const client = new FakeGuest(userNetwork(), '0.0.0.0')
    const request = message(ask)
    const packet = { source: 0, destination: 0xffff_ffff, protocol: 17 }
    const { payload } = buildUdp(0, 0xffff_ffff, { sourcePort: 68, destinationPort: 67, payload: request })
    const [frame] = client.send(client.frame(buildIpv4({ ...packet, payload })))
    return [[...parseEthernet(frame)!.destination], formatAddress(packetOf(frame).destination)]
  }
  const CARD = [0x52, 0x54, 0, 0, 0, 0]
  const EVERYBODY = Array(6).fill(0xff)

  test.each<[string, Ask, [number[], string]]>([
    [
      'to the card of a client, at the address that it will have',
      { type: TYPE.discover },
      [CARD, '10.0.2.15'],
    ],
    [
      'to everybody when the client says so',
      { type: TYPE.discover, broadcast: true },
      [EVERYBODY, '255.255.255.255'],
    ],
    ['to the address that a client has', { type: TYPE.request, client: '10.0.2.20' }, [CARD, '10.0.2.20']],
    [
      'to everybody when they refuse',
      { type: TYPE.request, requested: '192.168.0.5' },
      [EVERYBODY, '255.255.255.255'],
    ],
  ])('%s', (_name, ask, expected) => {
    expect(sent(ask)).toEqual(expected)
  })
})

test('clients beyond the last address get no answer', () => {
  const { ask } = setUp()
  const answers = Array.from({ length: 256 }, (_, mac) => ask({ type: TYPE.discover, mac }).length)
  expect(answers.reduce((sum, count) => sum + count, 0)).toBe(240)
  expect(short(ask({ type: TYPE.request, mac: 250, requested: '10.0.2.30' }))).toEqual([
    [TYPE.nak, '0.0.0.0'],
  ])
})

test('a reset forgets who has what', () => {
  const { ask, network } = setUp()
  ask({ type: TYPE.discover })
  network.reset()
  expect(short(ask({ type: TYPE.discover, mac: 9 }))).toEqual([[TYPE.offer, '10.0.2.15']])
})
