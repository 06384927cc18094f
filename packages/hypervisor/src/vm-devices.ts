import {
  type BlockBackend,
  type EntropySource,
  seededEntropy,
  type VirtioBlk,
  type VirtioDevice,
  type VirtioNet,
  type VirtioNetOptions,
  virtioBlk,
  virtioNet,
  virtioRng,
} from '@worldswitch/devices'
import { cardAddress, VIRTIO_SLOTS } from '@worldswitch/machine'
import { HypervisorError } from './hypervisor-error.ts'

/** The virtio devices that a VM can be given; all are its own, and what is behind them is the embedder's. */
export interface VmDeviceOptions {
  /** Disks, as virtio block devices in the first slots. */
  readonly disks?: readonly BlockBackend[]
  /**
   * Network cards, as virtio-net devices in the slots after the disks. Without a `mac` a card gets the one that
   * `cardAddress` of `@worldswitch/machine` has for `seed`: VMs on one switch need different seeds, or addresses.
   */
  readonly networks?: readonly VirtioNetOptions[]
  /** Further virtio devices, such as a console, in the slots after the network cards. */
  readonly virtio?: readonly VirtioDevice[]
  /**
   * A virtio entropy device, in the slot after all others: `true` for a sequence that `seed` decides. Default: none.
   */
  readonly rng?: boolean | EntropySource
  /**
   * Seeds `rng-seed` of the guest's device tree, addresses of network cards and `rng`: an unsigned 32-bit number.
   * Default 0.
   */
  readonly seed?: number
}

/** The virtio devices of one VM, and what the scheduler has to know of them. */
export class VmDevices {
  readonly networks: readonly VirtioNet[]
  /** By slot. */
  readonly all: readonly VirtioDevice[]
  readonly #disks: readonly VirtioBlk[]

  /**
   * @throws HypervisorError `bad-vm` when there are more than the board has slots.
   * @throws `DeviceError` of `@worldswitch/devices` for a card that cannot be.
   */
  constructor({ disks = [], networks = [], virtio = [], rng = false, seed = 0 }: VmDeviceOptions) {
    const others = networks.length + virtio.length + (rng === false ? 0 : 1)
    if (disks.length + others > VIRTIO_SLOTS) {
      throw new HypervisorError(
        'bad-vm',
        `${disks.length} disks and ${others} other devices do not fit: there are ${VIRTIO_SLOTS} slots`,
      )
    }
    this.#disks = disks.map((backend) => virtioBlk({ backend }))
    this.networks = networks.map((card, index) => virtioNet({ mac: cardAddress(seed, index), ...card }))
    const source = rng === true ? seededEntropy(seed) : rng
    const entropy = source === false ? [] : [virtioRng({ source })]
    this.all = [...this.#disks, ...this.networks, ...virtio, ...entropy]
  }

  /** Requests that disks are working on. */
  get diskRequests(): number {
    return this.#disks.reduce((sum, disk) => sum + disk.inFlight, 0)
  }

  /** Whether something outside may send frames without being asked again. */
  get awaitingNetwork(): boolean {
    return this.all.some((device) => device.awaiting)
  }

  /** Takes every network card off its network, for good. */
  unplug(): void {
    for (const card of this.networks) card.remove()
  }
}
