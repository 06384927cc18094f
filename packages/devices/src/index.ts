/**
 * Device models and the bus of a RISC-V board: UART, CLINT, PLIC, RTC, virtio.
 *
 * A device knows neither the bus nor the CPU: what it needs from outside is handed to it when it is made. A
 * {@link Bus} puts devices at addresses and turns whatever a guest does wrong into an access fault. Disks in files need
 * Node, and are in `@worldswitch/devices/node`.
 *
 * @packageDocumentation
 */

export { type AclintMswi, type AclintMswiOptions, aclintMswi } from './aclint-mswi.ts'
export { type AclintMtimer, type AclintMtimerOptions, aclintMtimer } from './aclint-mtimer.ts'
export { type AclintSswiOptions, aclintSswi } from './aclint-sswi.ts'
export { blobBlocks } from './blob-blocks.ts'
export { type BlockBackend, checkRange, checkWritable, SECTOR_SIZE, sectorCount } from './block-backend.ts'
export { Bus, type Mapping } from './bus.ts'
export { type Clint, type ClintOptions, clint } from './clint.ts'
export type { AccessWidth, Device, DmaMemory, InterruptLine } from './device.ts'
export { DeviceError, type DeviceErrorCode } from './device-error.ts'
export { type EntropySource, hostEntropy, seededEntropy } from './entropy.ts'
export { type GoldfishRtc, type GoldfishRtcOptions, goldfishRtc } from './goldfish-rtc.ts'
export { fanOut, orGate } from './interrupt-line.ts'
export { memoryBlocks } from './memory-blocks.ts'
export { meteredDma } from './metered-dma.ts'
export type { NetworkBackend, NetworkCard } from './network-backend.ts'
export { type OverlayBlocks, overlayBlocks } from './overlay-blocks.ts'
export { type Plic, type PlicOptions, plic } from './plic.ts'
export { finisherCommands, type TestFinisherOptions, testFinisher } from './test-finisher.ts'
export { type Uart16550, type Uart16550Options, uart16550 } from './uart16550.ts'
export { type VirtioBlk, type VirtioBlkOptions, virtioBlk } from './virtio-blk.ts'
export { type VirtioConsole, type VirtioConsoleOptions, virtioConsole } from './virtio-console.ts'
export type { VirtioDevice, VirtioTransport } from './virtio-device.ts'
export {
  type VirtioMmio,
  type VirtioMmioOptions,
  virtioMmio,
  virtioMmioRegisters,
  virtioStatus,
} from './virtio-mmio.ts'
export { type NetworkCounts, type VirtioNet, type VirtioNetOptions, virtioNet } from './virtio-net.ts'
export { type VirtioRng, type VirtioRngOptions, virtioRng } from './virtio-rng.ts'
export type { DescriptorChain, Virtqueue, VirtqueueAddresses, VirtqueueHost } from './virtqueue.ts'
