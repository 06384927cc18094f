import type { HartExtension } from './hart-options.ts'

/** `FIOM` of `menvcfg` and `senvcfg`. */
export const ENVCFG_FIOM = 1n
/** `CBIE`: CBO.INVAL is illegal (0), flushes (1), or invalidates (3). */
export const ENVCFG_CBIE = 3n << 4n
/** `CBCFE`: CBO.CLEAN and CBO.FLUSH are legal. */
export const ENVCFG_CBCFE = 1n << 6n
/** `CBZE`: CBO.ZERO is legal. */
export const ENVCFG_CBZE = 1n << 7n
/** `ADUE`: hardware updates of A and D. */
export const ENVCFG_ADUE = 1n << 61n
/** `PBMTE`: page-based memory types. */
export const ENVCFG_PBMTE = 1n << 62n
/** `STCE`: `stimecmp` is there and drives STIP. */
export const ENVCFG_STCE = 1n << 63n

/** Bits of an environment configuration by the extension that implements them. */
const byExtension: Partial<Record<HartExtension, bigint>> = {
  Zicbom: ENVCFG_CBIE | ENVCFG_CBCFE,
  Zicboz: ENVCFG_CBZE,
  Svadu: ENVCFG_ADUE,
  Svpbmt: ENVCFG_PBMTE,
  Sstc: ENVCFG_STCE,
}

/** The bits of `menvcfg`, FIOM left out, that a hart with these extensions implements. */
export const environmentOf = (extensions: ReadonlySet<HartExtension>): bigint =>
  [...extensions].reduce((bits, extension) => bits | (byExtension[extension] ?? 0n), 0n)

/** The bits of `senvcfg` that go with those of `menvcfg`. */
export const senvcfgOf = (environment: bigint): bigint =>
  ENVCFG_FIOM | (environment & (ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE))

/**
 * `menvcfg` or `senvcfg` after a write: what is not implemented reads as zero, and the reserved CBIE = 2 leaves that
 * field as it is.
 */
export function legalizeEnvironment(old: bigint, value: bigint, implemented: bigint): bigint {
  const fields = value & implemented
  return (fields & ENVCFG_CBIE) === 2n << 4n ? (fields & ~ENVCFG_CBIE) | (old & ENVCFG_CBIE) : fields
}
