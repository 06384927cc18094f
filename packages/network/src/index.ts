/**
 * Networks for emulated machines: a switch between machines of one process, and a network in the host with DHCP, DNS and
 * sockets.
 *
 * Both are something to plug a network card into: `virtioNet` of `@worldswitch/devices`, or that of any emulator that
 * sends and receives Ethernet frames. Nothing here needs Node; sockets and names of the host are injected, and
 * `@worldswitch/network/node` has them for Node.
 *
 * @packageDocumentation
 */
export { join, type NetworkBackend, type NetworkCard } from './cable.ts'
export type { Resolver } from './dns-server.ts'
export type { Destination } from './endpoint.ts'
export { type HostTime, systemTime } from './host-time.ts'
export { isPublicAddress } from './ipv4-address.ts'
export {
  type LearningSwitch,
  learningSwitch,
  type SwitchCounts,
  type SwitchPortOptions,
} from './learning-switch.ts'
export { NetworkError, type NetworkErrorCode } from './network-error.ts'
export type {
  DatagramEvents,
  DatagramSocket,
  SocketProvider,
  StreamEvents,
  StreamSocket,
} from './sockets.ts'
export {
  type UserNetwork,
  type UserNetworkCounts,
  type UserNetworkOptions,
  userNetwork,
} from './user-network.ts'
