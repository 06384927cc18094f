/**
 * Classic trap-and-emulate virtualization with shadow page tables.
 *
 * @packageDocumentation
 */
export { type Removal, type ShadowMapping, ShadowTables } from './shadow-tables.ts'
export { trapEmulate } from './trap-emulate.ts'
