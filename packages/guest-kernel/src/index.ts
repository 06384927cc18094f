/**
 * A small C kernel for RISC-V S-mode as a ready-made image, with a disk of programs and workloads whose results are
 * known: Sv39, preemptive processes, demand paging, a file system on virtio-blk, a shell. Works in Node and browsers;
 * nothing is read from a file system.
 *
 * @packageDocumentation
 */
export { type BootOptions, bootargs } from './bootargs.ts'
export { GuestKernelError, type GuestKernelErrorCode } from './guest-kernel-error.ts'
export { disk, kernelElf } from './images.ts'
export { type BuildManifest, type KernelSymbol, manifest, symbolAt, symbols } from './manifest.ts'
export {
  type ChecksumJudge,
  type ExpectedRun,
  expectedTranscript,
  parseTranscript,
  type Transcript,
  type TranscriptEvents,
  TranscriptReader,
  type WorkloadResult,
  type WorkloadStatus,
} from './transcript.ts'
export { isWorkloadName, maxScale, type Workload, type WorkloadName, workloads } from './workloads.ts'
