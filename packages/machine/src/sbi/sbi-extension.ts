import type { HsmStates } from './hart-state.ts'
import { SbiError, type SbiErrorCode } from './sbi-error.ts'
import type { SbiPlatform } from './sbi-platform.ts'

/** One call, as the functions of an extension see it. */
export interface SbiCall {
  /** The calling hart. */
  readonly hart: number
  readonly platform: SbiPlatform
  readonly states: HsmStates
  /** Argument `a0` to `a5` by number, unsigned. */
  argument(index: number): bigint
  /** An extension of this id is there (BASE probe). */
  available(id: bigint): boolean
}

/**
 * How a call ends. `return` puts error and value into `a0` and `a1`; `legacy` only a value into `a0`; `wait` returns
 * success too, but the hart sleeps until an interrupt is pending; `away` leaves the hart's registers alone, because
 * it was stopped or the system ends.
 */
export type SbiResult =
  | { readonly kind: 'return' | 'wait'; readonly error: SbiErrorCode; readonly value: bigint }
  | { readonly kind: 'legacy'; readonly value: bigint }
  | { readonly kind: 'away' }

/** An SBI function: checks its arguments and acts on the platform. Never throws. */
export type SbiFunction = (call: SbiCall) => SbiResult

/** An SBI extension: its id and its functions by number. Legacy extensions have function 0 only, and `a6` is ignored. */
export interface SbiExtension {
  /** EID. */
  readonly id: bigint
  /** Version 0.1 calling convention. */
  readonly legacy?: boolean
  /** Functions by FID, without gaps. */
  readonly functions: readonly SbiFunction[]
}

const SUCCESS: SbiResult = { kind: 'return', error: SbiError.SUCCESS, value: 0n }

/** Success, with a value for `a1`. */
export const success = (value = 0n): SbiResult =>
  value === 0n ? SUCCESS : { kind: 'return', error: SbiError.SUCCESS, value }

/** Failure. */
export const failure = (error: keyof typeof SbiError): SbiResult => ({
  kind: 'return',
  error: SbiError[error],
  value: 0n,
})

/** The hart (or everything) is gone; nothing is returned. */
export const AWAY: SbiResult = { kind: 'away' }
