import type { DatagramEvents, SocketProvider, StreamEvents, StreamSocket } from '../src/sockets.ts'

/** A TCP connection of which the test is the outside. */
export class FakeStream implements StreamSocket {
  readonly to: string
  events!: StreamEvents
  readonly written: number[] = []
  /** What says that bytes need no memory any more, one for each write. */
  readonly unwritten: (() => void)[] = []
  ended = false
  destroyed = false
  resumes = 0

  constructor(to: string) {
    this.to = to
  }
  write(bytes: Uint8Array, written: () => void): void {
    this.written.push(...bytes)
    this.unwritten.push(written)
  }
  end(): void {
    this.ended = true
  }
  destroy(): void {
    this.destroyed = true
  }
  resume(): void {
    this.resumes++
  }
}

/** A UDP socket of which the test is the outside. */
export class FakeDatagrams {
  readonly sent: string[] = []
  readonly events: DatagramEvents
  closed = false
  constructor(events: DatagramEvents) {
    this.events = events
  }
  send(bytes: Uint8Array, address: string, port: number): void {
    this.sent.push(`${address}:${port} ${new TextDecoder().decode(bytes)}`)
  }
  close(): void {
    this.closed = true
  }
}

/** Sockets that lead to the test. */
export class FakeSockets implements SocketProvider {
  readonly streams: FakeStream[] = []
  readonly datagramSockets: FakeDatagrams[] = []
  connect(address: string, port: number, events: StreamEvents): FakeStream {
    const stream = new FakeStream(`${address}:${port}`)
    stream.events = events
    this.streams.push(stream)
    return stream
  }
  datagrams(events: DatagramEvents): FakeDatagrams {
    const socket = new FakeDatagrams(events)
    this.datagramSockets.push(socket)
    return socket
  }
}
