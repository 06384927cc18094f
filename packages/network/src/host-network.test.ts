import { createSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { datagramOf, FakeGuest, packetOf, text } from '../test/fake-guest.ts'
import { type HostNetwork, type HostNetworkOptions, hostNetwork } from './host-network.ts'
import { systemTime } from './host-time.ts'
import { parseAddress } from './ipv4-address.ts'
import { nodeSockets } from './node-sockets.ts'
import { TcpConnection } from './tcp-connection.ts'
import { parseTcp, type TcpSegment, tcpFlag } from './tcp-segment.ts'

const { syn: SYN, rst: RST, ack: ACK } = tcpFlag

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

const setUp = async (options: HostNetworkOptions = {}): Promise<HostNetwork & { guest: FakeGuest }> => {
  const network = await hostNetwork(options)
  ends.push(network.close)
  const guest = new FakeGuest(network.backend)
  guest.arp({ targetAddress: parseAddress('10.0.2.2') })
  return { ...network, guest }
}

/** A server of this host, and its port. */
const serve = async (serveOne: (socket: Socket) => void): Promise<{ server: Server; port: number }> => {
  const server = createServer({ allowHalfOpen: true }, serveOne)
  ends.push(() => server.close())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as { port: number }).port }
}

/** Segments that come until one fits. */
const until = async (guest: FakeGuest, fits: (segment: TcpSegment) => boolean): Promise<TcpSegment[]> => {
  const seen: TcpSegment[] = []
  for (let tries = 0; tries < 2000; tries++) {
    for (const frame of guest.take()) {
      const segment = parseTcp(packetOf(frame))
      if (segment) seen.push(segment)
      if (segment && fits(segment)) return seen
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  throw new Error(`no such segment among ${seen.length}`)
}

describe('a connection of the guest', () => {
  test('reaches a service, carries a megabyte each way, and ends', async () => {
    const size = 1_000_000
    const { port } = await serve((socket) => {
      let got = 0
      socket.on('data', (bytes) => {
        got += bytes.length
      })
      socket.on('end', () => socket.end(Buffer.alloc(size, got === size ? 'y' : 'n')))
    })
    const { guest, backend } = await setUp({ services: { 80: { address: '127.0.0.1', port } } })
    let got = 0
    let wrong = 0
    let over = ''
    const client: TcpConnection = TcpConnection.ask({
      initialSequence: 7,
      emit(segment) {
        guest.sendTcp('10.0.2.2', 80, segment)
        return true
      },
      opened() {
        client.send(new Uint8Array(size))
        client.finish()
      },
      data(bytes) {
        got += bytes.length
        for (const byte of bytes) if (byte !== 121) wrong++
        client.consumed(bytes.length)
      },
      finished() {},
      writable() {},
      over(how) {
        over = how
      },
      after: (milliseconds, act) => systemTime.after(milliseconds, act),
    })
    for (let tries = 0; tries < 10_000 && over === ''; tries++) {
      for (const segment of guest.segments()) client.receive(segment)
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect([got, wrong, over]).toEqual([size, 0, 'finished'])
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(backend.counts.flows).toBe(0)
  })

  test('to a port where nobody listens is refused', async () => {
    const { server, port } = await serve(() => {})
    server.close()
    const { guest } = await setUp({ services: { 80: { address: '127.0.0.1', port } } })
    guest.tcp('10.0.2.2', 80, { flags: SYN })
    const [answer] = await until(guest, () => true)
    expect(answer.flags).toBe(RST | ACK)
  })

  test('reaches neither this host nor its networks', async () => {
    const own = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address)
    const { guest, backend } = await setUp()
    for (const address of ['127.0.0.1', '192.168.1.1', ...own]) {
      expect(guest.tcp(address, 22, { flags: SYN })[0].flags).toBe(RST | ACK)
      expect(guest.udp(address, 53, text('x'))[0].payload[0]).toBe(3)
    }
    expect(backend.counts.flows).toBe(0)
  })
})

test('datagrams go out and come back', async () => {
  const echo = createSocket('udp4')
  ends.push(() => echo.close())
  echo.on('message', (bytes, from) => echo.send(`${bytes}!`, from.port, from.address))
  await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve))
  const { port } = echo.address()
  const { guest } = await setUp({ reach: ({ address }) => address === '127.0.0.1' })
  guest.udp('127.0.0.1', port, text('hello'))
  for (let tries = 0; tries < 2000 && guest.frames.length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  expect(datagramOf(packetOf(guest.take()[0])).payload).toEqual(text('hello!'))
})

test('a datagram that cannot be sent is lost', async () => {
  const socket = nodeSockets().datagrams({ message() {}, closed() {} })
  socket.send(new Uint8Array(70_000), '127.0.0.1', 9)
  socket.close()
  socket.close()
  socket.send(new Uint8Array(1), '127.0.0.1', 9)
  await new Promise((resolve) => setTimeout(resolve, 20))
})

test('names of the host are known to the guest', async () => {
  const { guest, backend } = await setUp()
  const ask = (name: string) => {
    const labels = [name.length, ...text(name)]
    guest.udp('10.0.2.3', 53, Uint8Array.of(0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1))
  }
  ask('localhost')
  expect(backend.awaiting).toBe(true)
  for (let tries = 0; tries < 5000 && guest.frames.length === 0; tries++)
    await new Promise((resolve) => setTimeout(resolve, 1))
  const { payload } = datagramOf(packetOf(guest.take()[0]))
  expect([...payload.subarray(-4)]).toEqual([127, 0, 0, 1])
})

describe('a port of the host', () => {
  test('leads to the guest', async () => {
    const { guest, hostPorts, backend } = await setUp({ forwards: [{ hostPort: 0, guestPort: 22 }] })
    expect(backend.awaiting).toBe(true)
    const client = connect(hostPorts[0], '127.0.0.1')
    ends.push(() => client.destroy())
    client.write('hi')
    const [syn] = await until(guest, ({ flags }) => flags === SYN)
    const answer = { sourcePort: 22, flags: SYN | ACK, sequence: 0, acknowledgment: syn.sequence + 1 }
    guest.tcp('10.0.2.2', syn.sourcePort, answer)
    const [data] = await until(guest, ({ payload }) => payload.length > 0)
    expect(data.payload).toEqual(text('hi'))
    const greeting = { sourcePort: 22, flags: ACK, sequence: 1, acknowledgment: syn.sequence + 3 }
    guest.tcp('10.0.2.2', syn.sourcePort, { ...greeting, payload: text('welcome') })
    const said = await new Promise((resolve) => client.once('data', resolve))
    expect(String(said)).toBe('welcome')
  })

  test('that is in use is an error', async () => {
    const { port } = await serve(() => {})
    await expect(
      hostNetwork({
        forwards: [
          { hostPort: 0, guestPort: 22 },
          { hostPort: port, guestPort: 22 },
        ],
      }),
    ).rejects.toThrow(
      expect.objectContaining({ code: 'port-in-use', message: expect.stringContaining(`${port}`) }),
    )
  })

  test.each([
    { hostPort: -1, guestPort: 22 },
    { hostPort: 65_536, guestPort: 22 },
    { hostPort: 1.5, guestPort: 22 },
    { hostPort: 0, guestPort: 0 },
  ])('%o is refused', async (forward) => {
    await expect(hostNetwork({ forwards: [forward] })).rejects.toThrow(
      expect.objectContaining({ code: 'bad-port' }),
    )
  })
})
