/** Directions of rounding as `frm` and the `rm` field encode them; 5 to 7 are none. Unprivileged ISA, F extension. */
export const RoundingMode = {
  /** To nearest, ties to even. */
  RNE: 0,
  /** Towards zero. */
  RTZ: 1,
  /** Down, towards negative infinity. */
  RDN: 2,
  /** Up, towards positive infinity. */
  RUP: 3,
  /** To nearest, ties away from zero ("to max magnitude"). */
  RMM: 4,
} as const
