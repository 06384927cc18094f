/** QEMU's address for the first card: 52:54:00:12:34:56. */
const VENDOR = '52:54:00'
const FIRST = 0x12_3456
/** Cards that a board can have: so far apart are the addresses of one seed and the next. */
const CARDS = 8

/**
 * The Ethernet address that a network card gets when none is asked for. Seed 0 gives QEMU's 52:54:00:12:34:56 to the
 * first card, :57 to the next, and so on; other seeds give others, so that machines with seeds of their own can share a
 * switch. Seeds that are 2,097,152 apart give the same.
 *
 * @param seed - the machine's, an unsigned 32-bit number.
 * @param card - 0 for the first card of the machine.
 */
export function cardAddress(seed: number, card: number): string {
  const digits = ((FIRST + seed * CARDS + card) % 2 ** 24).toString(16).padStart(6, '0')
  return `${VENDOR}:${digits.slice(0, 2)}:${digits.slice(2, 4)}:${digits.slice(4)}`
}
