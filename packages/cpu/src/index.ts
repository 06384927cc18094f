/**
 * A RISC-V RV64 hart: state, CSRs, precise traps, and the WebAssembly execution engine.
 *
 * @packageDocumentation
 */
export type { CountedTime } from './counted-time.ts'
export { CpuError, type CpuErrorCode } from './cpu-error.ts'

export {
  legalizeCounteren,
  legalizeEpc,
  legalizeSatp,
  legalizeSstatus,
  legalizeTvec,
  SUPERVISOR_INTERRUPTS,
} from './csr-legalize.ts'
export {
  type SupervisorCsr,
  type SupervisorLimits,
  type SupervisorState,
  supervisorCsrs,
} from './csr-supervisor.ts'
export { Hart, type HartCounters, type TranslationStatistics } from './hart.ts'
export {
  type EngineName,
  type HartExtension,
  type HartOptions,
  hartExtensions,
  type MonitorLevel,
  type RunResult,
} from './hart-options.ts'
export { MachineMemory, type MachineMemoryOptions, type MemoryListener } from './machine-memory.ts'
export type { PhysicalBus } from './physical-bus.ts'
export {
  STATUS_SD,
  Status,
  statusAfterSupervisorReturn,
  statusAfterSupervisorTrap,
  trapVector,
  UXL_64,
} from './status.ts'
export type { LeaveCauseName } from './translator/region-links.ts'
export type { TranslatorStatistics } from './translator/translator.ts'
export {
  ExceptionCause,
  InterruptCause,
  type InterruptLineNumber,
  type PrivilegeMode,
  type Trap,
  type TrapEntry,
  trapName,
} from './trap.ts'
