import type { NetworkBackend } from '@worldswitch/devices'
import { userNetwork } from '@worldswitch/network'
import { hostNetwork, type PortForward } from '@worldswitch/network/node'

/** What `--net` takes: no card, a network without an outside, one with the public Internet. */
export type NetworkName = 'none' | 'isolated' | 'user'

/** A guest's network, and how to let go of it. */
export interface Network {
  readonly backend: NetworkBackend | undefined
  close(): void
}

/**
 * Makes the network that `--net` names.
 *
 * @throws NetworkError when a port cannot be listened at.
 */
export async function openNetwork(name: NetworkName, forwards: readonly PortForward[]): Promise<Network> {
  if (name === 'none') return { backend: undefined, close() {} }
  if (name === 'isolated') return { backend: userNetwork(), close() {} }
  return hostNetwork({ forwards })
}
