import { describe, expect, test } from 'vitest'
import { datagramOf, FakeGuest, GATEWAY_MAC, packetOf, text } from '../test/fake-guest.ts'
import { FakeSockets } from '../test/fake-sockets.ts'
import { FakeTime } from '../test/fake-time.ts'
import { random32 } from '../test/random.ts'
import { checksum } from './checksum.ts'
import { parseEthernet } from './ethernet.ts'
import { formatAddress, parseAddress } from './ipv4-address.ts'
import { tcpFlag } from './tcp-segment.ts'
import { type UserNetworkOptions, userNetwork } from './user-network.ts'

const { fin: FIN, syn: SYN, rst: RST, ack: ACK } = tcpFlag

const setUp = (options: UserNetworkOptions = {}) => {
  const sockets = new FakeSockets()
  const time = new FakeTime()
  const network = userNetwork({ sockets, time, ...options })
  return { sockets, time, network, guest: new FakeGuest(network) }
}

const settle = () => new Promise((resolve) => setTimeout(resolve))

describe('ARP', () => {
  test.each(['10.0.2.2', '10.0.2.3'])('%s is the network itself', (address) => {
    const { guest } = setUp()
    expect(guest.arp({ targetAddress: parseAddress(address) })).toEqual([
      {
        operation: 2,
        senderMac: GATEWAY_MAC,
        senderAddress: parseAddress(address),
        targetMac: guest.mac,
        targetAddress: guest.address,
      },
    ])
  })

  test.each([
    ['another guest', { targetAddress: parseAddress('10.0.2.16') }],
    ['an address outside', { targetAddress: parseAddress('8.8.8.8') }],
    ['an answer', { operation: 2, targetAddress: parseAddress('10.0.2.2') }],
  ])('nothing is said about %s', (_name, message) => {
    expect(setUp().guest.arp(message)).toEqual([])
  })
})

describe('ping', () => {
  const echo = (type = 8): Uint8Array => {
    const message = Uint8Array.of(type, 0, 0, 0, 1, 2, 3, 4, ...text('hello'))
    const sum = checksum(message)
    message.set([sum >>> 8, sum], 2)
    return message
  }

  test.each(['10.0.2.2', '10.0.2.3'])('%s answers', (address) => {
    const { guest } = setUp()
    const [reply] = guest.ip(address, 1, echo())
    expect([formatAddress(reply.source), reply.payload[0], checksum(reply.payload)]).toEqual([address, 0, 0])
    expect(reply.payload.subarray(4)).toEqual(echo().subarray(4))
  })

  test('others are prohibited', () => {
    const { guest, network } = setUp()
    const [{ payload }] = guest.ip('8.8.8.8', 1, echo())
    expect([...payload.subarray(0, 2), checksum(payload)]).toEqual([3, 13, 0])
    // What is quoted is the header and the first bytes of the packet.
    expect([...payload.subarray(8 + 16, 8 + 20), ...payload.subarray(28)]).toEqual([
      8,
      8,
      8,
      8,
      ...echo().subarray(0, 8),
    ])
    expect(network.counts.refused).toBe(1)
  })

  test.each([
    ['an answer', echo(0)],
    ['a bad checksum', echo().fill(9, 8)],
    ['a message cut off', echo().subarray(0, 7)],
  ])('%s is ignored', (_name, message) => {
    expect(setUp().guest.ip('10.0.2.2', 1, message)).toEqual([])
  })
})

describe('what is not for this network', () => {
  test.each<[string, (guest: FakeGuest) => Uint8Array]>([
    ['less than a frame', () => new Uint8Array(13)],
    ['another card', (guest) => guest.frame(new Uint8Array(40), 0x0800, Uint8Array.of(2, 0, 0, 0, 0, 9))],
    ['IPv6', (guest) => guest.frame(new Uint8Array(40), 0x86dd)],
    ['a cut-off packet', (guest) => guest.frame(new Uint8Array(10))],
    ['a cut-off ARP message', (guest) => guest.frame(new Uint8Array(10), 0x0806)],
  ])('%s is ignored', (_name, make) => {
    const { guest, network } = setUp()
    expect([guest.send(make(guest)), network.counts.ignored]).toEqual([[], 1])
  })

  test('a group as sender is ignored', () => {
    const network = userNetwork()
    const guest = new FakeGuest(network, '10.0.2.15', Uint8Array.of(1, 0, 0, 0, 0, 1))
    expect([guest.arp({ targetAddress: parseAddress('10.0.2.2') }), network.counts.ignored]).toEqual([[], 1])
  })

  test('broadcasts and groups are ignored, and not refused', () => {
    const { guest, network } = setUp()
    for (const address of ['255.255.255.255', '224.0.0.251'])
      expect(guest.udp(address, 5353, text('anybody?'))).toEqual([])
    expect(network.counts).toMatchObject({ ignored: 2, refused: 0 })
  })

  test('another protocol is refused', () => {
    const { guest } = setUp()
    expect(guest.ip('8.8.8.8', 47, new Uint8Array(8))[0].payload[1]).toBe(13)
  })

  test('a sender outside the network gets no answer', () => {
    const network = userNetwork()
    const guest = new FakeGuest(network, '192.168.7.7')
    expect([
      guest.udp('10.0.2.3', 53, new Uint8Array(20)),
      guest.tcp('10.0.2.2', 80, { flags: SYN }),
    ]).toEqual([[], []])
  })

  test('a second card is refused', () => {
    const { network } = setUp()
    expect(() => new FakeGuest(network)).toThrow(/learningSwitch/)
  })

  test.each([
    ['a network that is no address', { network: 'home' }, /four numbers/],
    ['a network that ends in 7', { network: '10.0.2.7' }, /ends in .0/],
    ['a service at a name', { services: { 80: { address: 'localhost', port: 80 } } }, /four numbers/],
    ['a service at no port', { services: { 80: { address: '127.0.0.1', port: 0 } } }, /1 to 65535/],
    ['a port that is none', { services: { 99999: { address: '127.0.0.1', port: 80 } } }, /1 to 65535/],
    ['a name without address', { names: { here: 'there' } }, /four numbers/],
  ])('%s is refused', (_name, options, message) => {
    expect(() => userNetwork(options)).toThrow(message)
  })

  test('another network has the same places', () => {
    const network = userNetwork({ network: '192.168.64.0' })
    const guest = new FakeGuest(network, '192.168.64.15')
    const [answer] = guest.arp({ targetAddress: parseAddress('192.168.64.2') })
    expect([...answer.senderMac]).toEqual([0x52, 0x55, 192, 168, 64, 2])
  })
})

/** A DNS question. */
const question = (name: string, type = 1): Uint8Array => {
  const labels = name.split('.').flatMap((label) => [label.length, ...text(label)])
  return Uint8Array.of(0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, type, 0, 1)
}

/** Code, and addresses, of a DNS answer. */
const answerOf = (bytes: Uint8Array): [code: number, ...addresses: string[]] => {
  const count = bytes[7]
  return [
    bytes[3] & 15,
    ...Array.from({ length: count }, (_, i) => {
      const at = bytes.length - 16 * (count - i)
      expect([...bytes.subarray(at, at + 4), bytes[at + 11]]).toEqual([0xc0, 12, 0, 1, 4])
      return [...bytes.subarray(at + 12, at + 16)].join('.')
    }),
  ]
}

describe('DNS', () => {
  const ask = (guest: FakeGuest, name: string, type = 1) =>
    guest.udp('10.0.2.3', 53, question(name, type)).map((packet) => {
      const { payload } = datagramOf(packet)
      expect([...payload.subarray(0, 2), payload[2]]).toEqual([0x12, 0x34, 0x81])
      return answerOf(payload)
    })

  test.each([
    ['the gateway', 'gateway', 1, [0, '10.0.2.2']],
    ['in large letters', 'GateWay', 1, [0, '10.0.2.2']],
    ['a name of the embedder', 'disk.lan', 1, [0, '10.9.9.9']],
    ['its IPv6 address', 'gateway', 28, [0]],
    ['a stranger', 'example.org', 1, [3]],
  ])('%s, at once', (_name, name, type, expected) => {
    const { guest } = setUp({ names: { 'Disk.lan': '10.9.9.9' } })
    expect(ask(guest, name, type)).toEqual([expected])
  })

  test('nonsense is malformed, an answer ignored', () => {
    const { guest } = setUp()
    const cut = guest.udp('10.0.2.3', 53, question('gateway').subarray(0, 15))
    expect(answerOf(datagramOf(cut[0]).payload)).toEqual([1])
    const response = question('gateway')
    response[2] = 0x81
    expect(guest.udp('10.0.2.3', 53, response)).toEqual([])
  })

  test.each<[string, () => readonly string[] | undefined, number, unknown[]]>([
    ['addresses', () => ['1.2.3.4', '5.6.7.8'], 1, [0, '1.2.3.4', '5.6.7.8']],
    ['more of them than fit', () => Array(40).fill('1.2.3.4'), 1, [0, ...Array(10).fill('1.2.3.4')]],
    ['no addresses', () => [], 1, [0]],
    ['addresses that are none', () => ['::1', '1.2.3.4'], 1, [0, '1.2.3.4']],
    ['no such name', () => undefined, 1, [3]],
    [
      'an error',
      () => {
        throw new Error('no network')
      },
      1,
      [2],
    ],
  ])('a resolver that finds %s, at once or later', async (_name, resolve, type, expected) => {
    const now = setUp({ resolve })
    expect(ask(now.guest, 'example.org', type)).toEqual([expected])
    const later = setUp({ resolve: async () => resolve() })
    expect([ask(later.guest, 'example.org', type), later.network.awaiting]).toEqual([[], true])
    await settle()
    expect(answerOf(datagramOf(packetOf(later.guest.take()[0])).payload)).toEqual(expected)
    expect(later.network.awaiting).toBe(false)
  })

  test('only questions for IPv4 addresses go to the resolver', () => {
    const asked: string[] = []
    const { guest } = setUp({ resolve: (name) => (asked.push(name) > 0 ? ['1.2.3.4'] : []) })
    expect([ask(guest, 'Example.org', 28), ask(guest, 'Example.org', 15), ask(guest, 'Example.org')]).toEqual(
      [[[0]], [[0]], [[0, '1.2.3.4']]],
    )
    expect(asked).toEqual(['example.org'])
  })

  test('a flood of questions is bounded', async () => {
    const ends: (() => void)[] = []
    const { guest } = setUp({ resolve: () => new Promise((end) => ends.push(() => end(['1.1.1.1']))) })
    let failures = 0
    for (let i = 0; i < 1000; i++) failures += ask(guest, `n${i}.org`).length
    expect([ends.length, failures]).toEqual([32, 968])
    for (const end of ends) end()
    await settle()
    expect(guest.take()).toHaveLength(32)
    ask(guest, 'again.org')
    expect(ends).toHaveLength(33)
  })

  test('an answer from before a reset is not sent', async () => {
    const { guest, network } = setUp({ resolve: async () => ['1.1.1.1'] })
    ask(guest, 'example.org')
    network.reset()
    await settle()
    expect(guest.take()).toEqual([])
  })
})

describe('UDP', () => {
  test('is sent by a socket of the port, and answered by those who were asked', () => {
    const { guest, sockets, network } = setUp()
    expect(guest.udp('8.8.8.8', 99, text('one'))).toEqual([])
    guest.udp('9.9.9.9', 98, text('two'))
    guest.udp('9.9.9.9', 98, text('three'), 5001)
    expect(sockets.datagramSockets.map(({ sent }) => sent)).toEqual([
      ['8.8.8.8:99 one', '9.9.9.9:98 two'],
      ['9.9.9.9:98 three'],
    ])
    const { events } = sockets.datagramSockets[0]
    events.message(text('answer'), '9.9.9.9', 98)
    const [packet] = guest.take().map(packetOf)
    expect([formatAddress(packet.source), formatAddress(packet.destination)]).toEqual([
      '9.9.9.9',
      '10.0.2.15',
    ])
    expect(datagramOf(packet)).toEqual({ sourcePort: 98, destinationPort: 5000, payload: text('answer') })
    events.message(text('stranger'), '9.9.9.9', 97)
    events.message(text('IPv6'), '::1', 98)
    events.message(new Uint8Array(1473), '9.9.9.9', 98)
    expect([guest.take(), network.counts.flows]).toEqual([[], 2])
  })

  test.each([
    ['127.0.0.1', 13],
    ['169.254.169.254', 13],
    ['192.168.1.1', 13],
    ['10.0.2.77', 13],
    ['10.0.2.2', 3],
    ['10.0.2.3', 3],
  ])('%s is refused', (address, code) => {
    const { guest, sockets, network } = setUp()
    const [{ payload }] = guest.udp(address, 99, text('x'))
    expect([...payload.subarray(0, 2)]).toEqual([3, code])
    expect([sockets.datagramSockets, network.counts.refused]).toEqual([[], 1])
  })

  test('port 0 is refused', () => {
    expect(setUp().guest.udp('8.8.8.8', 0, text('x'))).toHaveLength(1)
  })

  test('ends a minute after the guest was last heard', () => {
    const { guest, sockets, time, network } = setUp()
    guest.udp('8.8.8.8', 99, text('x'))
    expect(network.awaiting).toBe(true)
    time.pass(5001)
    expect(network.awaiting).toBe(false)
    time.pass(50_000)
    guest.udp('8.8.8.8', 99, text('x'))
    time.pass(59_999)
    expect(sockets.datagramSockets[0].closed).toBe(false)
    time.pass(1)
    expect([sockets.datagramSockets[0].closed, network.counts.flows, time.timers]).toEqual([true, 0, 0])
  })

  test('a flood of ports and destinations is bounded', () => {
    const { guest, sockets, network, time } = setUp()
    for (let port = 1; port <= 1000; port++) guest.udp('8.8.8.8', port, text('x'))
    sockets.datagramSockets[0].events.message(text('x'), '8.8.8.8', 1)
    expect(guest.take()).toEqual([])
    sockets.datagramSockets[0].events.message(text('x'), '8.8.8.8', 1000)
    expect(guest.take()).toHaveLength(1)
    for (let port = 1; port <= 1000; port++) guest.udp('8.8.8.8', 99, text('x'), port)
    expect(network.counts.flows).toBe(64)
    expect(sockets.datagramSockets.filter(({ closed }) => !closed)).toHaveLength(64)
    expect(time.timers).toBe(64)
  })

  test('a socket that fails is replaced', () => {
    const { guest, sockets, network } = setUp()
    guest.udp('8.8.8.8', 99, text('x'))
    sockets.datagramSockets[0].events.closed()
    expect(network.counts.flows).toBe(0)
    guest.udp('8.8.8.8', 99, text('y'))
    expect(sockets.datagramSockets[1].sent).toEqual(['8.8.8.8:99 y'])
  })
})

describe('TCP', () => {
  const connect = (parts: ReturnType<typeof setUp>, address = '8.8.8.8', port = 80) => {
    const { guest, sockets } = parts
    guest.tcp(address, port, { flags: SYN, sequence: 100 })
    const stream = sockets.streams.at(-1)!
    stream.events.connected()
    const [{ sequence }] = guest.segments()
    const send = (segment: Parameters<FakeGuest['tcp']>[2]) =>
      guest.tcp(address, port, {
        flags: ACK,
        sequence: 101,
        acknowledgment: (sequence + 1) >>> 0,
        ...segment,
      })
    send({})
    return { stream, send, sequence: (sequence + 1) >>> 0 }
  }

  test('a connection is opened, carries data both ways, and ends', () => {
    const parts = setUp()
    const { guest, network } = parts
    const { stream, send, sequence } = connect(parts)
    expect([stream.to, network.counts.flows, network.awaiting]).toEqual(['8.8.8.8:80', 1, true])
    send({ payload: text('GET /') })
    expect(new TextDecoder().decode(Uint8Array.from(stream.written))).toBe('GET /')
    expect(stream.events.data(text('200'))).toBe(true)
    stream.events.ended()
    expect(guest.segments().map(({ payload, flags }) => [payload.length, flags & FIN])).toEqual([
      [3, 0],
      [0, FIN],
    ])
    send({ sequence: 106, acknowledgment: sequence + 4, flags: ACK | FIN })
    expect([stream.ended, stream.destroyed, network.counts.flows]).toEqual([true, false, 1])
    stream.events.closed()
    expect([network.counts.flows, network.awaiting]).toEqual([0, false])
  })

  test.each([
    ['the loopback of the host', '127.0.0.1'],
    ['a cloud’s metadata', '169.254.169.254'],
    ['the network of the host', '192.168.1.1'],
    ['another guest', '10.0.2.99'],
    ['a port of the gateway', '10.0.2.2'],
    ['the DNS server', '10.0.2.3'],
  ])('%s is refused', (_name, address) => {
    const { guest, sockets } = setUp()
    const [answer] = guest.tcp(address, 80, { flags: SYN, sequence: 100 })
    expect([answer.flags, answer.acknowledgment, sockets.streams]).toEqual([RST | ACK, 101, []])
  })

  test('who may be reached is the embedder’s to say, but never the guest’s own network', () => {
    const asked: unknown[] = []
    const { guest, sockets } = setUp({ reach: (to) => asked.push(to) > 0 })
    guest.tcp('192.168.1.1', 80, { flags: SYN })
    guest.tcp('10.0.2.99', 80, { flags: SYN })
    guest.udp('127.0.0.1', 53, text('x'))
    expect(sockets.streams.map(({ to }) => to)).toEqual(['192.168.1.1:80'])
    expect(asked).toEqual([
      { protocol: 'tcp', address: '192.168.1.1', port: 80 },
      { protocol: 'udp', address: '127.0.0.1', port: 53 },
    ])
  })

  test('services are at the gateway', () => {
    const parts = setUp({ services: { 8080: { address: '127.0.0.1', port: 3000 } } })
    expect(connect(parts, '10.0.2.2', 8080).stream.to).toBe('127.0.0.1:3000')
  })

  test('nothing is reached without sockets', () => {
    const guest = new FakeGuest(userNetwork())
    expect(guest.tcp('8.8.8.8', 80, { flags: SYN })[0].flags).toBe(RST | ACK)
    expect(guest.udp('8.8.8.8', 80, text('x'))[0].payload[1]).toBe(13)
  })

  test('a refused connection is refused', () => {
    const { guest, sockets, network } = setUp()
    guest.tcp('8.8.8.8', 80, { flags: SYN, sequence: 100 })
    sockets.streams[0].events.closed()
    expect([guest.segments()[0].flags, network.counts.flows]).toEqual([RST | ACK, 0])
  })

  test('a connection that breaks outside is reset', () => {
    const parts = setUp()
    const { stream } = connect(parts)
    stream.events.closed()
    expect([parts.guest.segments()[0].flags, parts.network.counts.flows]).toEqual([RST | ACK, 0])
  })

  test('a connection that the guest resets is cut off outside', () => {
    const parts = setUp()
    const { stream, send } = connect(parts)
    send({ flags: RST })
    expect([stream.destroyed, parts.network.counts.flows]).toEqual([true, 0])
  })

  test('the guest’s window opens as the outside takes data', () => {
    const parts = setUp()
    const { stream, send } = connect(parts)
    for (let at = 0; at < 65_000; at += 1000) send({ sequence: 101 + at, payload: new Uint8Array(1000) })
    const [full] = send({ sequence: 65_101, payload: new Uint8Array(535) })
    expect(full.window).toBe(0)
    for (const written of stream.unwritten) written()
    // At half of it, the guest is told once.
    expect(parts.guest.segments().map(({ window }) => window)).toEqual([33_000])
  })

  test('the outside waits when the guest does not read', () => {
    const parts = setUp()
    const { stream, send, sequence } = connect(parts)
    send({ window: 0 })
    let given = 0
    while (stream.events.data(new Uint8Array(16_384))) given += 16_384
    expect(given).toBe(131_072)
    const resumes = stream.resumes
    for (let at = 0; at < given; at += 536) send({ acknowledgment: sequence + at, window: 536 })
    expect(stream.resumes).toBe(resumes + 1)
  })

  test('what found no room goes out when there is some', () => {
    const parts = setUp()
    const { stream } = connect(parts)
    parts.guest.room = 1
    stream.events.data(new Uint8Array(3000))
    expect(parts.guest.segments()).toHaveLength(1)
    parts.guest.room = 10
    parts.network.drained()
    expect(parts.guest.segments().map(({ payload }) => payload.length)).toEqual([536, 536, 536, 536, 320])
  })

  test('segments of no connection are answered by a reset, resets by nothing', () => {
    const { guest } = setUp()
    expect(guest.tcp('8.8.8.8', 80, { flags: ACK, acknowledgment: 77 })).toMatchObject([
      { flags: RST, sequence: 77 },
    ])
    expect(guest.tcp('8.8.8.8', 80, { flags: RST })).toEqual([])
  })

  test('a flood of connections is bounded, those included that the host is still finishing', () => {
    const parts = setUp()
    const { guest, sockets, network } = parts
    let refused = 0
    for (let port = 1; port <= 2000; port++) refused += guest.tcp('8.8.8.8', port, { flags: SYN }).length
    expect([sockets.streams.length, refused, network.counts.flows]).toEqual([256, 1744, 256])
    for (const stream of sockets.streams) {
      stream.events.connected()
      stream.events.ended()
    }
    guest.take()
    for (let port = 1; port <= 256; port++) {
      // Both sides finish; the sockets do not say that they are closed.
      const next = 64_021 * port + 1
      guest.tcp('8.8.8.8', port, { flags: ACK, sequence: 1, acknowledgment: next })
      guest.tcp('8.8.8.8', port, { flags: ACK | FIN, sequence: 1, acknowledgment: next + 1 })
    }
    expect([guest.tcp('8.8.8.8', 5000, { flags: SYN })[0].flags, network.counts.flows]).toEqual([
      RST | ACK,
      256,
    ])
    for (const stream of sockets.streams) stream.events.closed()
    expect(network.counts.flows).toBe(0)
    expect(guest.tcp('8.8.8.8', 5000, { flags: SYN })).toEqual([])
  })

  test('a guest that acknowledges nothing cannot pile up finished connections', () => {
    const parts = setUp()
    const { guest, sockets, network } = parts
    let refused = 0
    for (let port = 1; port <= 1000; port++) {
      refused += guest.tcp('8.8.8.8', port, { flags: SYN }).filter(({ flags }) => flags & RST).length
      const stream = sockets.streams[port - 1]
      if (!stream) continue
      stream.events.connected()
      guest.take()
      guest.tcp('8.8.8.8', port, { flags: ACK | FIN, sequence: 1, acknowledgment: (64_021 * port + 1) >>> 0 })
      stream.events.ended()
      stream.events.closed()
      guest.take()
    }
    expect([sockets.streams.length, refused, network.counts.flows]).toEqual([256, 744, 0])
  })

  test('a reset of the machine ends everything', () => {
    const parts = setUp()
    const { stream } = connect(parts)
    parts.guest.udp('8.8.8.8', 53, text('x'))
    parts.network.reset()
    expect([stream.destroyed, parts.sockets.datagramSockets[0].closed, parts.time.timers]).toEqual([
      true,
      true,
      0,
    ])
    expect(parts.network.counts).toEqual({ flows: 0, refused: 0, ignored: 0 })
  })
})

describe('connections from outside', () => {
  const accept = (parts: ReturnType<typeof setUp>) => {
    const stream = parts.sockets.connect('1.2.3.4', 1, undefined as never)
    const events = parts.network.accept(stream, 22)
    return { stream, events: events! }
  }

  test('ask who has the address, then for the connection', () => {
    const parts = setUp()
    const { guest } = parts
    const { stream, events } = accept(parts)
    expect(guest.take().map((frame) => parseEthernet(frame)!.type)).toEqual([0x0806])
    guest.arp({ operation: 2, targetAddress: parseAddress('10.0.2.2') })
    guest.take()
    parts.time.pass(3000)
    const [syn] = guest.segments()
    expect([syn.flags, syn.destinationPort, stream.resumes]).toEqual([SYN, 22, 0])
    const answer = { sourcePort: 22, flags: SYN | ACK, sequence: 100, acknowledgment: syn.sequence + 1 }
    guest.tcp('10.0.2.2', syn.sourcePort, answer)
    expect(stream.resumes).toBe(1)
    events.data(text('hi'))
    expect(guest.segments()[0].payload).toEqual(text('hi'))
  })

  test('an answer to the question is enough', () => {
    const parts = setUp()
    accept(parts)
    parts.guest.take()
    const [reply] = parts.guest.send(
      parts.guest.frame(
        Uint8Array.of(0, 1, 8, 0, 6, 4, 0, 2, ...parts.guest.mac, 10, 0, 2, 15, ...GATEWAY_MAC, 10, 0, 2, 2),
        0x0806,
      ),
    )
    expect(packetOf(reply).protocol).toBe(6)
  })

  test('a refusal of the guest cuts the socket off', () => {
    const parts = setUp()
    parts.guest.arp({ targetAddress: parseAddress('10.0.2.2') })
    const { stream } = accept(parts)
    const [syn] = parts.guest.segments()
    const answer = { sourcePort: 22, flags: RST | ACK, acknowledgment: syn.sequence + 1 }
    parts.guest.tcp('10.0.2.2', syn.sourcePort, answer)
    expect([stream.destroyed, parts.network.counts.flows]).toEqual([true, 0])
  })

  test('no guest, no connection', () => {
    const parts = setUp()
    const { stream } = accept(parts)
    parts.time.pass(10 * 60_000)
    expect([stream.destroyed, parts.network.counts.flows]).toEqual([true, 0])
  })

  test('too many are refused', () => {
    const parts = setUp()
    for (let i = 0; i < 256; i++) expect(accept(parts).events).toBeDefined()
    expect(accept(parts).events).toBeUndefined()
  })

  test('a listener keeps the machine waiting', () => {
    const { network } = setUp()
    const stop = network.listening()
    expect(network.awaiting).toBe(true)
    stop()
    stop()
    expect(network.awaiting).toBe(false)
  })
})

describe('a hostile guest', () => {
  test('that sends noise gets nothing but answers', () => {
    const random = random32(3)
    const { guest, network, sockets, time } = setUp({ resolve: async () => ['1.1.1.1'] })
    // From good frames, so that noise gets past the first checks.
    const good: Uint8Array[] = []
    const recorder = { ...network, connect() {}, send: (frame: Uint8Array) => void good.push(frame) }
    const other = new FakeGuest(recorder)
    other.arp({ targetAddress: parseAddress('10.0.2.2') })
    other.udp('10.0.2.3', 53, question('gateway'))
    other.udp('10.0.2.2', 67, new Uint8Array(300))
    other.udp('8.8.8.8', 7, text('x'))
    other.tcp('8.8.8.8', 80, { flags: SYN, maximumSegment: 1460 })
    other.tcp('8.8.8.8', 80, { flags: ACK, payload: text('x') })
    other.ip('10.0.2.2', 1, new Uint8Array(16))
    let answers = 0
    for (let i = 0; i < 20_000; i++) {
      const frame = good[random() % good.length].slice(0, 14 + (random() % 400))
      for (let n = random() % 4; n > 0; n--) frame[random() % frame.length] = random()
      // Half of them with a good header checksum.
      if (i & 1 && frame.length >= 34) {
        frame.set([0, 0], 24)
        const sum = checksum(frame.subarray(14, 34))
        frame.set([sum >>> 8, sum], 24)
      }
      answers += guest.send(frame).length
    }
    expect(answers).toBeLessThan(40_000)
    expect(network.counts.flows).toBeLessThanOrEqual(256 + 64)
    expect(sockets.streams.length).toBeGreaterThan(0)
    expect(time.timers).toBeLessThanOrEqual(512)
  })

  test('cannot take the addresses of the network', () => {
    const { guest } = setUp()
    const spoofed = new Uint8Array(6).fill(2)
    guest.arp({ senderMac: spoofed, senderAddress: parseAddress('10.0.2.2'), targetAddress: guest.address })
    const [answer] = guest.arp({ targetAddress: parseAddress('10.0.2.2') })
    expect(answer.senderMac).toEqual(GATEWAY_MAC)
  })
})

test('a network takes one card, and another when that has gone', () => {
  const { network } = setUp()
  expect(() => new FakeGuest(network)).toThrow('one card')
  network.disconnect()
  const message = { targetAddress: parseAddress('10.0.2.2') }
  expect(new FakeGuest(network).arp(message)).toHaveLength(1)
})
