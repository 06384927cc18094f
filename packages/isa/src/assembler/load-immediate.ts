/** One step of making a constant. `upper` is the value of the whole register after LUI. */
export type LoadStep =
  | { readonly name: 'lui'; readonly upper: number }
  | { readonly name: 'addi' | 'addiw'; readonly immediate: number }
  | { readonly name: 'slli'; readonly amount: number }

/**
 * The instructions that make a 64-bit constant, at most eight. The first is LUI or an ADDI from `zero`; the others
 * work on the register in place.
 */
export function loadImmediate(value: bigint): readonly LoadStep[] {
  const signed = BigInt.asIntN(64, value)
  const lower = Number(BigInt.asIntN(12, signed))
  if (signed === BigInt.asIntN(32, signed)) {
    const upper = Number(BigInt.asIntN(32, signed - BigInt(lower)))
    if (upper === 0) return [{ name: 'addi', immediate: lower }]
    const lui: LoadStep = { name: 'lui', upper }
    // ADDIW, because LUI sign-extends: the sum has to wrap at 32 bits.
    return lower === 0 ? [lui] : [lui, { name: 'addiw', immediate: lower }]
  }
  let rest = (signed - BigInt(lower)) >> 12n
  let amount = 12
  while ((rest & 1n) === 0n) {
    rest >>= 1n
    amount++
  }
  // The rest lost its upper bits to the shift: sign-extend it anew.
  const steps = loadImmediate(BigInt.asIntN(64 - amount, rest))
  const shifted: LoadStep[] = [...steps, { name: 'slli', amount }]
  return lower === 0 ? shifted : [...shifted, { name: 'addi', immediate: lower }]
}
