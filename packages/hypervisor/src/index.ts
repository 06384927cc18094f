/**
 * What every virtualization strategy shares: the host, virtual machines and their virtual CPUs, the closed set of
 * VM exits, the ledger that counts them, cost profiles, and the scheduler.
 *
 * @packageDocumentation
 */
export {
  type Cost,
  type CostBasis,
  type CostProfile,
  checkProfile,
  type HardwareEvent,
  hardwareEventNames,
  type MonitorEvent,
} from './cost-profile.ts'
export { type DeviceAccess, type Exit, type ExitKind, type ExitOf, exitKinds, exitTitle } from './exit.ts'
export { type ExitHandlers, exitHandlers } from './exit-handlers.ts'
export { FloatRegisters } from './float-registers.ts'
export { FRAME_SIZE, FrameAllocator } from './frame-allocator.ts'
export { type AccessFault, GuestAccess } from './guest-access.ts'
export { guestExtensions } from './guest-extensions.ts'
export {
  type BlockSize,
  blockSizes,
  GuestMemory,
  type HostMemory,
  type MemoryBlock,
  type MemorySlot,
} from './guest-memory.ts'
export { Host, type HostOptions, TIMEBASE } from './host.ts'
export { HypervisorError, type HypervisorErrorCode } from './hypervisor-error.ts'
export { type DirectCounts, difference, type HotSpot, Ledger, type LedgerTotals, PC_LIMIT } from './ledger.ts'
export { type NativeCounts, nativeCycles } from './native-account.ts'
export { pentium4 } from './profiles/pentium4-2005.ts'
export { costProfile, costProfiles } from './profiles/profiles.ts'
export { riscvModelled } from './profiles/riscv-modelled.ts'
export { xeon2023 } from './profiles/xeon-2023.ts'
export { runVms, type ScheduleEnd, type ScheduleOptions } from './scheduler.ts'
export type { Share, ShareOptions } from './share.ts'
export { type Execution, type Strategy, StrategyRegistry } from './strategy.ts'
export { Vcpu } from './vcpu.ts'
export { type GuestPrivilege, type VcpuSnapshot, VcpuState } from './vcpu-state.ts'
export { Vm, type VmEnd, type VmOptions, type VmProgress } from './vm.ts'
