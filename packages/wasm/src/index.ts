/**
 * A typed assembler for WebAssembly modules.
 *
 * @packageDocumentation
 */
export {}
