import { expect, test } from 'vitest'
import { meteredDma } from './metered-dma.ts'

const RAM = 4096

test.each([
  ['nothing', 0, 0],
  ['a byte', 1, 1],
  ['a line', 64, 1],
  ['a byte more', 65, 2],
  ['what is refused', RAM + 1, 65],
])('%s takes as many lines as it has begun', (_name, bytes, lines) => {
  const seen: number[] = []
  const fits = (_address: number, { length }: Uint8Array) => length <= RAM
  const memory = meteredDma({ read: fits, write: fits }, (count) => seen.push(count))
  expect([memory.read(0, new Uint8Array(bytes)), memory.write(0, new Uint8Array(bytes))]).toEqual([
    bytes <= RAM,
    bytes <= RAM,
  ])
  expect(seen).toEqual([lines, lines])
})
