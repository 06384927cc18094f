/**
 * RISC-V page-table walks, page-table builder and printer, and TLB layout.
 *
 * @packageDocumentation
 */
export {}
