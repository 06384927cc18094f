/**
 * Virtualization with the help of the hart: the hypervisor extension's VS-mode and nested page tables, and execution
 * controls that say what exits.
 *
 * @packageDocumentation
 */
export {
  type Controls,
  type CounterName,
  type DelegableException,
  defaultControls,
  delegableExceptions,
} from './controls.ts'
export { createHardwareAssisted, hardwareAssisted } from './hardware-assisted.ts'
