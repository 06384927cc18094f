/**
 * Freestanding programs for RV64GC that compute and do nothing else, as ready-made images with known checksums: for
 * comparing machines, engines and hypervisors by the same binaries. Works in Node and browsers.
 *
 * @packageDocumentation
 */
export { ComputeProgramError, type ComputeProgramErrorCode } from './compute-program-error.ts'
export { type ComputeResult, readResult } from './console.ts'
export {
  type Arithmetic,
  bootargs,
  type ComputeProgram,
  type ComputeProgramName,
  computePrograms,
  programElf,
} from './programs.ts'
