/** The exceptions of IEEE 754 as bits of `fflags`. Unprivileged ISA, F extension, table "Accrued exception flag encoding". */
export const FloatFlag = {
  /** Inexact: the result was rounded. */
  NX: 1,
  /** Underflow: the result was rounded, and is tiny. */
  UF: 2,
  /** Overflow: the result would have been too large. */
  OF: 4,
  /** Division of a finite number by zero. */
  DZ: 8,
  /** Invalid operation: there is no sensible result. */
  NV: 16,
} as const
