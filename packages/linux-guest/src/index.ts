/**
 * Small static Linux programs for a RISC-V guest, as ready-made binaries: an `/init`, workloads whose checksums are known,
 * and a test of KVM; with what makes an initramfs of them. Works in Node and browsers; Debian's kernel to go with it comes
 * from `@worldswitch/linux-guest/node`.
 *
 * @packageDocumentation
 */
export { type BootOptions, bootargs } from './bootargs.ts'
export {
  type CheckResult,
  type ExitCount,
  readConsole,
  type Transcript,
  type WorkloadResult,
} from './console.ts'
export { type CpioEntry, writeCpio } from './cpio.ts'
export { type InitramfsParts, initramfs } from './initramfs.ts'
export {
  type KernelModule,
  type ModuleGroup,
  type ModuleSource,
  moduleDependencies,
  orderModules,
} from './kernel-modules.ts'
export { LinuxGuestError, type LinuxGuestErrorCode } from './linux-guest-error.ts'
export { type ProgramName, program, programs } from './programs.ts'
export { isWorkloadName, type Workload, type WorkloadName, workloads } from './workloads.ts'
