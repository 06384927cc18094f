const EVERY_HART = 0xffff_ffff_ffff_ffffn

/**
 * The harts that a hart mask names.
 *
 * @param mask - bit vector of hart ids, counted from `base`.
 * @param base - first hart id, or all ones for every hart, whatever the mask.
 * @returns hart ids, or undefined when one of them, or `base`, is not valid.
 * @see RISC-V SBI Specification 2.0, section 3.1 "Hart list parameter"
 */
export function hartList(mask: bigint, base: bigint, harts: number): number[] | undefined {
  if (base === EVERY_HART) return Array.from({ length: harts }, (_, hart) => hart)
  if (base >= BigInt(harts)) return undefined
  if (mask >> (BigInt(harts) - base) !== 0n) return undefined
  const list: number[] = []
  for (let hart = Number(base); mask !== 0n; hart++, mask >>= 1n) if ((mask & 1n) !== 0n) list.push(hart)
  return list
}
