import { createServer, type Server } from 'node:net'
import { networkInterfaces } from 'node:os'
import { isPublicAddress } from './ipv4-address.ts'
import { checkPort, NetworkError } from './network-error.ts'
import { nodeResolver } from './node-resolver.ts'
import { nodeSockets, nodeStream } from './node-sockets.ts'
import { UserNetwork, type UserNetworkOptions } from './user-network.ts'

/** A TCP port of the host whose connections a guest gets. */
export interface PortForward {
  /** Port of the host; 0 for any that is free. */
  readonly hostPort: number
  /** Address of the host to listen at. Default 127.0.0.1: only the host itself can connect. */
  readonly hostAddress?: string
  /** Port of the guest. */
  readonly guestPort: number
  /** Address of the guest. Default: that of the first one, 10.0.2.15. */
  readonly guestAddress?: string
}

/** Options of {@link hostNetwork}. */
export interface HostNetworkOptions extends Omit<UserNetworkOptions, 'sockets' | 'resolve'> {
  /** Ports of the host that lead to a guest. */
  readonly forwards?: readonly PortForward[]
}

/** A network whose outside is that of this process. */
export interface HostNetwork {
  /** Give it to a network card as `backend`. */
  readonly backend: UserNetwork
  /** Ports of the host, in the order of `forwards`. */
  readonly hostPorts: readonly number[]
  /** Stops listening and ends all connections. */
  close(): void
}

/** Whether an address is one of this host's own. */
const isOwnAddress = (address: string): boolean =>
  Object.values(networkInterfaces()).some((own) => own?.some((one) => one.address === address))

/**
 * Makes a network whose guests use the sockets and the names of this process. By default they reach what is on the
 * public Internet: not the host (neither its loopback nor its own addresses), nor the networks it is in.
 *
 * @throws NetworkError `bad-port`; `port-in-use` when a port of `forwards` cannot be listened at; `bad-address` of
 *   `userNetwork`.
 */
export async function hostNetwork(options: HostNetworkOptions = {}): Promise<HostNetwork> {
  const { forwards = [], ...rest } = options
  const backend = new UserNetwork({
    reach: ({ address }) => isPublicAddress(address) && !isOwnAddress(address),
    ...rest,
    sockets: nodeSockets(),
    resolve: nodeResolver(),
  })
  const servers: Server[] = []
  const ends: (() => void)[] = []
  const close = (): void => {
    for (const server of servers) server.close()
    for (const end of ends) end()
    backend.reset()
  }
  try {
    for (const forward of forwards) {
      servers.push(await listen(backend, forward))
      ends.push(backend.listening())
    }
  } catch (error) {
    close()
    throw error
  }
  return { backend, hostPorts: servers.map((server) => (server.address() as { port: number }).port), close }
}

async function listen(backend: UserNetwork, forward: PortForward): Promise<Server> {
  const { hostPort, hostAddress = '127.0.0.1', guestPort, guestAddress } = forward
  checkPort(hostPort, 0, 'hostPort')
  checkPort(guestPort, 1, 'guestPort')
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    const stream = nodeStream(socket)
    const events = backend.accept(stream, guestPort, guestAddress)
    if (events) stream.listen(events)
    else socket.destroy()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'another program listens there' : error.message
      reject(
        new NetworkError(
          'port-in-use',
          `Cannot listen at ${hostAddress}:${hostPort}: ${why}. Give another port.`,
        ),
      )
    })
    server.listen(hostPort, hostAddress, resolve)
  })
  // What goes wrong with one connection later does not end the others.
  server.on('error', () => {})
  server.unref()
  return server
}
