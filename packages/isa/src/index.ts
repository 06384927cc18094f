/**
 * The RV64 instruction table: one definition per instruction, from which decoder, assembler, disassembler and semantics come.
 *
 * @packageDocumentation
 */
export {}
