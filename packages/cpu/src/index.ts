/**
 * A RISC-V RV64 hart: state, CSRs, precise traps, and the WebAssembly execution engine.
 *
 * @packageDocumentation
 */
export {}
