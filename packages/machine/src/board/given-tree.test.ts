import { describe, expect, test } from 'vitest'
import { type DecodedFdt, decodeFdt } from '../fdt/fdt-decode.ts'
import { encodeFdt } from '../fdt/fdt-encode.ts'
import type { FdtNode } from '../fdt/fdt-node.ts'
import { reference } from '../fdt/fdt-node.ts'
import { createMachine } from '../machine.ts'
import { ENTRY, machineFor } from '../test-machine.ts'
import { completeTree } from './given-tree.ts'

const seed = Uint8Array.of(1, 2, 3, 4)
const tree = (chosen?: FdtNode): Uint8Array =>
  encodeFdt(
    {
      properties: { model: 'somebody,board' },
      children: {
        ...(chosen && { chosen }),
        device: { label: 'device', properties: { size: 7 } },
        user: { properties: { uses: reference('device') } },
      },
    },
    { reservations: [[0x8000_0000n, 0x1000n]], bootHart: 2 },
  )
const chosenOf = ({ root }: DecodedFdt): Record<string, string> =>
  Object.fromEntries(
    Object.entries(root.children.chosen!.properties).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('hex'),
    ]),
  )
const hex = (text: string): string => Buffer.from(`${text}\0`).toString('hex')

describe('a device tree that is given', () => {
  test.each<[string, FdtNode | undefined, Parameters<typeof completeTree>[1], Record<string, string>]>([
    ['without /chosen gets one', undefined, { rngSeed: seed }, { 'rng-seed': '01020304' }],
    [
      'gets command line and ramdisk',
      { properties: { 'stdout-path': '/x', bootargs: 'old' } },
      { rngSeed: seed, bootargs: 'new', initrd: { start: 0x8800_0000, size: 16 } },
      {
        'rng-seed': '01020304',
        'stdout-path': hex('/x'),
        bootargs: hex('new'),
        'linux,initrd-start': '0000000088000000',
        'linux,initrd-end': '0000000088000010',
      },
    ],
    [
      'keeps its own seed and command line when there is nothing to put there',
      { properties: { 'rng-seed': Uint8Array.of(9), bootargs: 'old' } },
      { rngSeed: seed },
      { 'rng-seed': '09', bootargs: hex('old') },
    ],
  ])('%s', (_name, chosen, options, expected) =>
    expect(chosenOf(decodeFdt(completeTree(tree(chosen), options)))).toEqual(expected),
  )

  test('keeps everything else', () => {
    const before = decodeFdt(tree())
    const after = decodeFdt(completeTree(tree(), { rngSeed: seed }))
    expect(after.reservations).toEqual(before.reservations)
    expect(after.bootHart).toBe(2)
    const { chosen, ...children } = after.root.children
    expect(chosen).toBeDefined()
    expect({ ...after.root, children }).toEqual(before.root)
  })

  test('is what the guest finds at a1', () => {
    // Prints the first byte of the magic number.
    const { machine, text } = machineFor('la t0, UART\nlbu t1, 0(a1)\nsb t1, 0(t0)\nj poweroff', {
      deviceTree: tree(),
      bootargs: 'quiet',
    })
    expect(machine.runSlice(1000).reason).toBe('poweroff')
    expect(text().charCodeAt(0)).toBe(0xd0)
    expect(chosenOf(decodeFdt(machine.deviceTree)).bootargs).toBe(hex('quiet'))
    expect(Buffer.from(decodeFdt(machine.deviceTree).root.properties.model!).toString()).toBe(
      'somebody,board\0',
    )
  })

  test('that is none is refused', () => {
    const kernel = { format: 'raw', bytes: Uint8Array.of(0x6f, 0, 0, 0), address: ENTRY } as const
    const refused = (): unknown => createMachine({ kernel, deviceTree: Uint8Array.of(1, 2, 3) })
    expect(refused).toThrow(expect.objectContaining({ name: 'FdtError', code: 'bad-magic' }))
  })
})
