/**
 * Standard SBI error codes, as the signed values that `a0` returns.
 *
 * @see RISC-V SBI Specification 2.0, chapter 3 "Binary Encoding"
 */
export const SbiError = {
  SUCCESS: 0,
  FAILED: -1,
  NOT_SUPPORTED: -2,
  INVALID_PARAM: -3,
  DENIED: -4,
  INVALID_ADDRESS: -5,
  ALREADY_AVAILABLE: -6,
  ALREADY_STARTED: -7,
  ALREADY_STOPPED: -8,
  NO_SHMEM: -9,
} as const

/** One of the values of {@link SbiError}. */
export type SbiErrorCode = (typeof SbiError)[keyof typeof SbiError]
