import type { AccessWidth, Device, DmaMemory, InterruptLine } from './device.ts'
import { onChange } from './interrupt-line.ts'
import type { VirtioDevice } from './virtio-device.ts'
import { Virtqueue, type VirtqueueAddresses } from './virtqueue.ts'

/** Device status bits (VIRTIO 1.2, 2.1). */
export const virtioStatus = {
  acknowledge: 1,
  driver: 2,
  driverOk: 4,
  featuresOk: 8,
  needsReset: 64,
  failed: 128,
} as const

/** Register offsets (VIRTIO 1.2, 4.2.2). */
export const virtioMmioRegisters = {
  magic: 0x000,
  version: 0x004,
  deviceId: 0x008,
  vendorId: 0x00c,
  deviceFeatures: 0x010,
  deviceFeaturesSelect: 0x014,
  driverFeatures: 0x020,
  driverFeaturesSelect: 0x024,
  queueSelect: 0x030,
  queueSizeMax: 0x034,
  queueSize: 0x038,
  queueReady: 0x044,
  queueNotify: 0x050,
  interruptStatus: 0x060,
  interruptAcknowledge: 0x064,
  status: 0x070,
  queueDescriptorsLow: 0x080,
  queueDescriptorsHigh: 0x084,
  queueDriverLow: 0x090,
  queueDriverHigh: 0x094,
  queueDeviceLow: 0x0a0,
  queueDeviceHigh: 0x0a4,
  sharedMemoryLengthLow: 0x0b0,
  sharedMemoryLengthHigh: 0x0b4,
  sharedMemoryBaseLow: 0x0b8,
  sharedMemoryBaseHigh: 0x0bc,
  configGeneration: 0x0fc,
  config: 0x100,
} as const

const R = virtioMmioRegisters
const MAGIC = 0x7472_6976
const VENDOR = 0x7477_7377
const F_INDIRECT_DESC = 1n << 28n
const F_VERSION_1 = 1n << 32n
const INTERRUPT = { used: 1, config: 2 } as const
/** Bits the driver sets; only a reset clears them. */
const DRIVER_BITS =
  virtioStatus.acknowledge |
  virtioStatus.driver |
  virtioStatus.driverOk |
  virtioStatus.featuresOk |
  virtioStatus.failed

/** What a virtio-mmio slot needs. */
export interface VirtioMmioOptions {
  /** The device in the slot; without one the slot is empty (device ID 0), which drivers skip. */
  device?: VirtioDevice
  /** Guest memory. */
  memory: DmaMemory
  /** The interrupt output. */
  interrupt?: InterruptLine
}

/** A queue as the driver is setting it up. */
interface QueueSetup {
  size: number
  readonly descriptors: [low: number, high: number]
  readonly driver: [low: number, high: number]
  readonly device: [low: number, high: number]
}

const newSetup = (): QueueSetup => ({ size: 0, descriptors: [0, 0], driver: [0, 0], device: [0, 0] })

const address = ([low, high]: readonly [number, number]): number => low + high * 2 ** 32

/**
 * The memory-mapped transport of virtio, version 2 ("modern") only, with split queues and indirect descriptors.
 *
 * Registers below the configuration space answer to aligned 4-byte accesses; others read 0 and do nothing. A
 * notification is served while the store that makes it executes. A malformed queue sets DEVICE_NEEDS_RESET, and the
 * device then does nothing until the driver resets it.
 *
 * @see VIRTIO 1.2, section 4.2
 */
export class VirtioMmio implements Device {
  readonly compatible = ['virtio,mmio']
  readonly size = 0x1000

  readonly #device: VirtioDevice | undefined
  readonly #offered: readonly [number, number]
  readonly #queues: readonly Virtqueue[]
  readonly #setups: QueueSetup[]
  readonly #interrupt: InterruptLine
  #deviceFeaturesSelect = 0
  #driverFeaturesSelect = 0
  readonly #accepted: [number, number] = [0, 0]
  #queueSelect = 0
  #status = 0
  #interruptStatus = 0
  #generation = 0

  constructor({ device, memory, interrupt = () => {} }: VirtioMmioOptions) {
    this.#device = device
    const features = (device?.features ?? 0n) | F_INDIRECT_DESC | F_VERSION_1
    this.#offered = device === undefined ? [0, 0] : [Number(features & 0xffff_ffffn), Number(features >> 32n)]
    this.#interrupt = onChange(interrupt)
    const transport = this
    const host = {
      memory,
      get indirect(): boolean {
        return (transport.#accepted[0] & Number(F_INDIRECT_DESC)) !== 0
      },
      get running(): boolean {
        return transport.#running
      },
      used: () => this.#raise(INTERRUPT.used),
      fail: () => this.#fail(),
    }
    this.#queues = (device?.queueSizes ?? []).map((size) => new Virtqueue(size, host))
    this.#setups = this.#queues.map(newSetup)
    device?.attach({ queues: this.#queues, configChanged: () => this.#configChanged() })
  }

  read(offset: number, width: AccessWidth): number {
    if (offset >= R.config) return this.#readConfig(offset - R.config, width)
    if (width !== 4) return 0
    switch (offset) {
      case R.magic:
        return MAGIC
      case R.version:
        return 2
      case R.deviceId:
        return this.#device?.id ?? 0
      case R.vendorId:
        return VENDOR
      case R.deviceFeatures:
        return this.#offered[this.#deviceFeaturesSelect] ?? 0
      case R.queueSizeMax:
        return this.#queues[this.#queueSelect]?.maxSize ?? 0
      case R.queueReady:
        return this.#queues[this.#queueSelect]?.ready ? 1 : 0
      case R.interruptStatus:
        return this.#interruptStatus
      case R.status:
        return this.#status
      // No shared memory region exists: length and base of all of them are -1.
      case R.sharedMemoryLengthLow:
      case R.sharedMemoryLengthHigh:
      case R.sharedMemoryBaseLow:
      case R.sharedMemoryBaseHigh:
        return 0xffff_ffff
      case R.configGeneration:
        return this.#generation
      default:
        return 0
    }
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (offset >= R.config) this.#writeConfig(offset - R.config, width, value)
    else if (width === 4 && this.#device !== undefined) this.#writeRegister(offset, value)
  }

  reset(): void {
    this.#stop()
    this.#generation = 0
    this.#device?.reset()
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case R.deviceFeaturesSelect:
        this.#deviceFeaturesSelect = value
        break
      case R.driverFeaturesSelect:
        this.#driverFeaturesSelect = value
        break
      case R.driverFeatures:
        if (this.#status & virtioStatus.featuresOk || this.#driverFeaturesSelect > 1) return
        this.#accepted[this.#driverFeaturesSelect] = value
        break
      case R.queueSelect:
        this.#queueSelect = value
        break
      case R.queueReady:
        this.#setReady(value)
        break
      case R.queueNotify:
        this.#notify(value)
        break
      case R.interruptAcknowledge:
        this.#interruptStatus &= ~value
        this.#interrupt(this.#interruptStatus !== 0)
        break
      case R.status:
        this.#setStatus(value)
        break
      default:
        this.#setUpQueue(offset, value)
        break
    }
  }

  get #running(): boolean {
    return (this.#status & (virtioStatus.driverOk | virtioStatus.needsReset)) === virtioStatus.driverOk
  }

  #raise(bit: number): void {
    this.#interruptStatus |= bit
    this.#interrupt(true)
  }

  #configChanged(): void {
    this.#generation = (this.#generation + 1) >>> 0
    if (this.#status & virtioStatus.driverOk) this.#raise(INTERRUPT.config)
  }

  #fail(): void {
    if (this.#status & virtioStatus.needsReset) return
    this.#status |= virtioStatus.needsReset
    if (this.#status & virtioStatus.driverOk) this.#raise(INTERRUPT.config)
  }

  /** The reset that a driver asks for. */
  #stop(): void {
    for (const queue of this.#queues) queue.disable()
    this.#setups.splice(0, this.#setups.length, ...this.#queues.map(newSetup))
    this.#deviceFeaturesSelect = 0
    this.#driverFeaturesSelect = 0
    this.#accepted.fill(0)
    this.#queueSelect = 0
    this.#status = 0
    this.#interruptStatus = 0
    this.#interrupt(false)
    this.#device?.stop()
  }

  #setStatus(value: number): void {
    if (value === 0) {
      this.#stop()
      return
    }
    let added = value & DRIVER_BITS & ~this.#status
    if (added & virtioStatus.featuresOk && !this.#featuresAcceptable()) added &= ~virtioStatus.featuresOk
    this.#status |= added
    // A driver that skipped the negotiation does not get a running device.
    if (added & virtioStatus.driverOk && !(this.#status & virtioStatus.featuresOk))
      this.#status &= ~virtioStatus.driverOk
    else if (added & virtioStatus.driverOk) for (let i = 0; i < this.#queues.length; i++) this.#notify(i)
  }

  #featuresAcceptable(): boolean {
    const [low, high] = this.#accepted
    if ((low & ~this.#offered[0]) !== 0 || (high & ~this.#offered[1]) !== 0) return false
    return (high & Number(F_VERSION_1 >> 32n)) !== 0
  }

  #notify(index: number): void {
    if (this.#running && this.#queues[index]?.ready) this.#device?.notify(index)
  }

  #setReady(value: number): void {
    const queue = this.#queues[this.#queueSelect]
    if (queue === undefined) return
    const setup = this.#setups[this.#queueSelect]
    const addresses: VirtqueueAddresses = {
      descriptors: address(setup.descriptors),
      driver: address(setup.driver),
      device: address(setup.device),
    }
    if ((value & 1) === 0) queue.disable()
    else if (!queue.ready) queue.enable(setup.size, addresses)
  }

  /** Size and addresses of the selected queue, which are fixed while it is ready. */
  #setUpQueue(offset: number, value: number): void {
    const queue = this.#queues[this.#queueSelect]
    if (queue === undefined || queue.ready) return
    const setup = this.#setups[this.#queueSelect]
    const half = offset & 4 ? 1 : 0
    if (offset === R.queueSize) setup.size = value
    else if (offset === R.queueDescriptorsLow + 4 * half) setup.descriptors[half] = value
    else if (offset === R.queueDriverLow + 4 * half) setup.driver[half] = value
    else if (offset === R.queueDeviceLow + 4 * half) setup.device[half] = value
  }

  #readConfig(offset: number, width: AccessWidth): number {
    const config = this.#device?.config
    if (config === undefined) return 0
    let value = 0
    for (let i = width - 1; i >= 0; i--) value = value * 256 + (config[offset + i] ?? 0)
    return value
  }

  #writeConfig(offset: number, width: AccessWidth, value: number): void {
    if (this.#device?.writeConfig && offset + width <= this.#device.config.length)
      this.#device.writeConfig(offset, width, value)
  }
}

/** Makes a {@link VirtioMmio}. */
export const virtioMmio = (options: VirtioMmioOptions): VirtioMmio => new VirtioMmio(options)
