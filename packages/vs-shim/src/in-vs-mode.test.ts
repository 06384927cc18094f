import { parseImage } from '@worldswitch/machine'
import { expect, test } from 'vitest'
import { exitProgramElf } from './exit-programs.ts'
import { inVsMode } from './in-vs-mode.ts'

const RAM = { base: 0x8000_0000, size: 2 ** 30 }
const ENTRY = 0x8020_0000

/** The header of a Linux Image, and some code. */
function linuxImage(memory: number): Uint8Array {
  const image = new Uint8Array(0x1003).fill(0x13, 64)
  const view = new DataView(image.buffer)
  view.setBigUint64(8, 0x20_0000n, true)
  view.setBigUint64(16, BigInt(memory), true)
  view.setUint32(32, 2, true)
  image.set(new TextEncoder().encode('RISCV\0\0\0'), 48)
  image.set(new TextEncoder().encode('RSC\x05'), 56)
  return image
}

test('a kernel lies above the shim, where it lay before, and the lowest address is the entry', async () => {
  const kernel = await exitProgramElf('call')
  const whole = parseImage(await inVsMode(kernel), RAM)
  const { segments } = parseImage(kernel, RAM)
  expect(whole.segments.slice(-segments.length)).toEqual(segments)
  expect(whole.entry).toBe(0x8010_0000)
  expect(whole.start).toBe(whole.entry)
  const [shim] = whole.segments
  expect(new DataView(shim.bytes.buffer, shim.bytes.byteOffset).getBigUint64(8, true)).toBe(BigInt(ENTRY))
})

test('a Linux Image has the memory that it claims', async () => {
  const { end, segments } = parseImage(await inVsMode(linuxImage(0x40_0000)), RAM)
  expect(end).toBe(ENTRY + 0x40_0000)
  expect(segments.at(-1)).toMatchObject({ address: ENTRY, bytes: { length: 0x1003 } })
})

test.each([
  [
    'where the shim is',
    { format: 'raw', bytes: new Uint8Array(4), address: 0x8010_0000 },
    'BELOW_GUEST_MEMORY',
  ],
  ['no image', new Uint8Array(100), 'unknown-format'],
  ['nothing', new Uint8Array(0), 'empty'],
] as const)('%s is refused', async (_what, kernel, code) => {
  await expect(inVsMode(kernel)).rejects.toThrow(expect.objectContaining({ code }))
})
