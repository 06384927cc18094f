/**
 * What needs Node: sockets, names, and ports of the host that lead to a guest.
 *
 * @packageDocumentation
 */
export { type HostNetwork, type HostNetworkOptions, hostNetwork, type PortForward } from './host-network.ts'
export { nodeResolver } from './node-resolver.ts'
export { nodeSockets } from './node-sockets.ts'
