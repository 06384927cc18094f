/**
 * Puts any S-mode kernel into VS-mode: a type-1 shim with a G-stage below it and every device behind it, and programs
 * that time the way from VS-mode to HS-mode and back. Works in Node and browsers.
 *
 * @packageDocumentation
 */
export { type ExitProgram, type ExitProgramName, exitProgramElf, exitPrograms } from './exit-programs.ts'
export { inVsMode } from './in-vs-mode.ts'
export { VsShimError, type VsShimErrorCode } from './vs-shim-error.ts'
