import { describe, expect, test } from 'vitest'
import { random } from '../test/board.ts'
import { Pmp } from './pmp.ts'

const RAM = 0x8000_0000
const END = RAM + 64 * 4096
const ALL = 0x1f
const NAPOT = 0x18

/** @param registers - configuration and address of the entries, the last of which allows all when there are none. */
function pmp(...registers: readonly (readonly [config: number, address: bigint])[]): Pmp {
  const config = new Uint8Array(16)
  const address = new BigUint64Array(16)
  for (const [i, [byte, value]] of registers.entries()) {
    config[i] = byte
    address[i] = value
  }
  return new Pmp(16, config, address)
}

const everywhere = [ALL, (1n << 54n) - 1n] as const
const napot = (address: number, bytes: number): bigint => BigInt(address / 4 + bytes / 8 - 1)

describe('the range in which everything is allowed', () => {
  test.each([
    ['nothing by no entry', pmp(), [RAM, RAM]],
    ['everything by one that covers it', pmp(everywhere), [RAM, END]],
    ['nothing by one that lets memory be read', pmp([0x19, everywhere[1]]), [RAM, RAM]],
    ['what is behind firmware', pmp([NAPOT, napot(RAM, 0x4000)], everywhere), [RAM + 0x4000, END]],
    ['what is before the end', pmp([NAPOT, napot(END - 0x8000, 0x8000)], everywhere), [RAM, END - 0x8000]],
    ['whole pages only', pmp([NAPOT, napot(RAM + 0x1000, 64)], everywhere), [RAM + 0x2000, END]],
    ['nothing with a later entry alone', pmp([NAPOT, everywhere[1]], everywhere), [RAM, RAM]],
    ['what entries elsewhere leave alone', pmp([NAPOT, napot(0x1000_0000, 0x1000)], everywhere), [RAM, END]],
  ] as const)('is %s', (_name, entries, range) => {
    expect(entries.openRange(RAM, END)).toEqual(range)
  })

  test('is everything without entries', () => {
    const none = new Pmp(0, new Uint8Array(16), new BigUint64Array(16))
    expect(none.openRange(RAM, END)).toEqual([RAM, END])
  })

  test('has no page in which anything is forbidden to any mode', () => {
    const next = random(7)
    let open = 0
    for (let round = 0; round < 400; round++) {
      const entries = Array.from({ length: 1 + (next() % 4) }, () => {
        const address = BigInt((RAM >>> 2) + (next() % (70 * 1024)) - 3 * 1024)
        return [next() & 0x9f, next() % 2 === 0 ? address : address | 0xfffn] as const
      })
      const rules = pmp(...entries, everywhere)
      const [from, to] = rules.openRange(RAM, END)
      expect(from % 4096 === 0 && to % 4096 === 0 && from >= RAM && to <= END).toBe(true)
      for (let page = from; page < to; page += 4096) {
        for (const privilege of [0, 1, 3]) expect(rules.page(page, privilege)).toBe(7)
        open++
      }
    }
    expect(open).toBeGreaterThan(1000)
  })
})
