const MMIO = 0x1000_1000
const TABLE = 0x8030_0000
const AVAILABLE = TABLE + 0x1000
const USED = TABLE + 0x2000
const HEADER = TABLE + 0x3000
const STATUS = TABLE + 0x3800
const DATA = TABLE + 0x4000
const ENTRIES = 64
const NEXT = 2 ** 32
const WRITE = 2 * 2 ** 32
const INDEX = 2 ** 48

const store = (width: 'w' | 'd', value: number, offset: number, base: string): string =>
  `li x6, ${value}\ns${width} x6, ${offset}(${base})`

/**
 * Sets the disk in slot 0 up for requests that read its first sectors, all pieces into the same memory. {@link ASK_DISK}
 * makes them.
 *
 * @param pieces - 1 to 62.
 * @param bytes - of each piece, a multiple of 512, at most 64 KiB.
 */
export function prepareDisk(pieces: number, bytes: number): string {
  const data = Array.from({ length: pieces }, (_, index): [number, number] => [
    DATA,
    bytes + NEXT + WRITE + (index + 2) * INDEX,
  ])
  const descriptors: [number, number][] = [[HEADER, 16 + NEXT + INDEX], ...data, [STATUS, 1 + WRITE]]
  return [
    `li s0, ${MMIO}`,
    ...[
      [0x70, 1],
      [0x70, 3],
      [0x24, 1],
      [0x20, 1],
      [0x70, 11],
      [0x30, 0],
      [0x38, ENTRIES],
      [0x80, TABLE],
      [0x90, AVAILABLE],
      [0xa0, USED],
      [0x44, 1],
      [0x70, 15],
    ].map(([offset, value]) => store('w', value, offset, 's0')),
    `li s1, ${TABLE}`,
    ...descriptors.flatMap(([address, rest], index) => [
      store('d', address, 16 * index, 's1'),
      store('d', rest, 16 * index + 8, 's1'),
    ]),
    `li s1, ${AVAILABLE}`,
    'li s2, 0',
  ].join('\n')
}

/** Makes one request, and goes on when it was served, or the disk's backend is at it. */
export const ASK_DISK = 'addi s2, s2, 1\nsh s2, 2(s1)\nsw x0, 0x50(s0)\n'
