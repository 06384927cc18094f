import { createSocket } from 'node:dgram'
import { connect, type Socket } from 'node:net'
import type { SocketProvider, StreamEvents, StreamSocket } from './sockets.ts'

/** A TCP socket of Node, told from its events. It starts paused when `paused`. */
export const nodeStream = (socket: Socket): StreamSocket & { listen(events: StreamEvents): void } => {
  let destroyed = false
  return {
    write: (bytes, written) => void socket.write(bytes, () => written()),
    end: () => void socket.end(),
    destroy() {
      destroyed = true
      socket.destroy()
    },
    resume: () => void socket.resume(),
    listen(events) {
      const ifAlive = (act: () => void) => (): void => {
        if (!destroyed) act()
      }
      socket.setNoDelay(true)
      socket.on(
        'connect',
        ifAlive(() => events.connected()),
      )
      socket.on('data', (bytes: Uint8Array) => {
        if (!destroyed && !events.data(bytes)) socket.pause()
      })
      socket.on(
        'end',
        ifAlive(() => events.ended()),
      )
      // An error is always followed by `close`.
      socket.on('error', () => {})
      socket.on(
        'close',
        ifAlive(() => events.closed()),
      )
    },
  }
}

/** TCP and UDP sockets of Node. They do whatever they are asked to: who may go where is decided before. */
export const nodeSockets = (): SocketProvider => ({
  connect(address, port, events) {
    const stream = nodeStream(connect({ host: address, port, allowHalfOpen: true }))
    stream.listen(events)
    return stream
  },
  datagrams(events) {
    const socket = createSocket('udp4')
    let over = false
    const end = (): void => {
      if (over) return
      over = true
      socket.close()
    }
    socket.on('message', (bytes: Uint8Array, { address, port }) => {
      if (!over) events.message(bytes, address, port)
    })
    socket.on('error', () => {
      if (over) return
      end()
      events.closed()
    })
    socket.unref()
    return {
      send(bytes, address, port) {
        // What cannot be sent is lost, as on any network.
        if (!over) socket.send(bytes, port, address, () => {})
      },
      close: end,
    }
  },
})
