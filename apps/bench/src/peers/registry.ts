import type { Peer } from './peer.ts'
import { qemu } from './qemu.ts'

/** Machines that ours can be compared with. A new one is one file and one row here. */
export const peers: readonly Peer[] = [qemu]
