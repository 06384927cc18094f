/**
 * A QEMU-`virt`-compatible RISC-V machine: the board as data, its device tree, image loaders, SBI firmware, clocks,
 * and several harts in deterministic round robin.
 *
 * Start with {@link createMachine}. The parts are useful alone: {@link encodeFdt} and {@link decodeFdt} for device
 * trees, {@link parseImage} for kernels, {@link Sbi} for whoever runs a supervisor.
 *
 * @packageDocumentation
 */

export {
  type Board,
  type BoardDevices,
  type BoardRow,
  type BoardRows,
  type BoardWiring,
  type BuiltBoard,
  buildBoard,
  type ExternalLevel,
  rangeOf,
} from './board/board.ts'
export {
  type BoardTreeOptions,
  boardTree,
  boardTreeBlob,
  canonicalExtensions,
  type HartDescription,
  isaString,
} from './board/board-tree.ts'
export { VIRTIO_SLOTS, virt } from './board/virt.ts'
export { type BootOptions, type BootPlan, planBoot } from './boot.ts'
export { cardAddress } from './card-address.ts'
export type { MachineCounters } from './counters.ts'
export { type DecodedFdt, type DecodedFdtNode, decodeFdt } from './fdt/fdt-decode.ts'
export { encodeFdt, type FdtEncodeOptions } from './fdt/fdt-encode.ts'
export { FdtError, type FdtErrorCode } from './fdt/fdt-error.ts'
export {
  cells,
  cellsOf,
  type FdtCells,
  type FdtNode,
  type FdtReference,
  type FdtValue,
  reference,
  stringsOf,
} from './fdt/fdt-node.ts'
export { decompressImage, isGzip } from './images/gzip.ts'
export { ImageError, type ImageErrorCode } from './images/image-error.ts'
export { type ImageTarget, type ProgramImage, parseImage, writeImage } from './images/load-image.ts'
export { type Placement, place } from './images/placement.ts'
export type { ImageSegment, LoadedImage, RamRange } from './images/ram-range.ts'
export {
  createMachine,
  type Machine,
  type MachineConsole,
  type MachineResult,
  type MachineRunOptions,
} from './machine.ts'
export { MachineError, type MachineErrorCode } from './machine-error.ts'
export type {
  ClockName,
  ConsoleOptions,
  MachineHartOptions,
  MachineOptions,
} from './machine-options.ts'
export { rngSeed } from './rng-seed.ts'
export { SBI_IMPLEMENTATION_ID, SBI_IMPLEMENTATION_VERSION, SBI_SPEC_VERSION } from './sbi/base.ts'
export { HartState, HsmStates, type ResumePoint } from './sbi/hart-state.ts'
export {
  Sbi,
  type SbiExtensionName,
  type SbiNext,
  type SbiRegisters,
  sbiExtensions,
} from './sbi/sbi.ts'
export { SbiError, type SbiErrorCode } from './sbi/sbi-error.ts'
export type { SbiCall, SbiExtension, SbiFunction, SbiResult } from './sbi/sbi-extension.ts'
export type {
  FenceRange,
  GuestFence,
  SbiMachineIds,
  SbiPlatform,
  SbiResetReason,
  SbiResetType,
} from './sbi/sbi-platform.ts'
