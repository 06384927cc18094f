/**
 * Classic trap-and-emulate virtualization with shadow page tables.
 *
 * @packageDocumentation
 */
export {}
