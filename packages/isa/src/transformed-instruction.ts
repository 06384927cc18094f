import type { Decoded } from './decode.ts'

const RD = 7
const RS2 = 20
const ADDRESS_OFFSET = 15
/** Everything but `rs1`. */
const BUT_RS1 = 0xfff0_7fff

/** Bits of the instruction that stay, by opcode (bits 6:2). */
const kept: Readonly<Record<number, number>> = {
  // Loads: funct3, rd, opcode.
  0: 0x7fff,
  // Floating-point loads.
  1: 0x7fff,
  // Stores: rs2, funct3, opcode.
  8: 0x01f0_707f,
  // Floating-point stores.
  9: 0x01f0_707f,
  // Atomic instructions.
  11: BUT_RS1,
}

const SYSTEM = 0x1c
const GUEST_MEMORY = 4

/**
 * What a trap writes into `htinst` or `mtinst` about the load, store, atomic or guest-memory instruction that raised
 * it: the instruction, expanded and without what only says its address.
 *
 * @param offset - bytes between the address of the access and the faulting one (0 to 7).
 * @returns 32 bits, unsigned; 0 for an instruction that the specification has no transformation of.
 * @see Privileged ISA, "Transformed Instruction or Pseudoinstruction for mtinst or htinst"
 */
export function transformedInstruction(
  decoded: Pick<Decoded, 'base' | 'word' | 'length' | 'rd' | 'rs2'>,
  offset: number,
): number {
  const { base, length, rd, rs2 } = decoded
  // Compressed ones are loads and stores: of these, no other operand stays.
  const word = length === 4 ? decoded.word : base.match | (rd << RD) | (rs2 << RS2)
  const opcode = (word >>> 2) & 0x1f
  const guest = opcode === SYSTEM && ((word >>> 12) & 7) === GUEST_MEMORY
  const mask = guest ? BUT_RS1 : kept[opcode]
  if (mask === undefined) return 0
  const transformed = (word & mask) | (offset << ADDRESS_OFFSET)
  return (length === 2 ? transformed & ~2 : transformed) >>> 0
}
