import { DeviceError, testFinisher } from '@worldswitch/devices'
import { describe, expect, test } from 'vitest'
import { type DecodedFdtNode, decodeFdt } from '../fdt/fdt-decode.ts'
import { cellsOf, stringsOf } from '../fdt/fdt-node.ts'
import { type Board, type BoardRow, type BoardWiring, buildBoard } from './board.ts'
import { boardTreeBlob, canonicalExtensions, isaString } from './board-tree.ts'
import { virt } from './virt.ts'

const wiring = (overrides: Partial<BoardWiring> = {}): BoardWiring => ({
  harts: 2,
  memory: { read: () => false, write: () => false },
  time: () => 0n,
  now: () => 0n,
  software() {},
  timer() {},
  external() {},
  output() {},
  exit() {},
  reset() {},
  virtio: () => undefined,
  ...overrides,
})

const blob = (overrides: Partial<Parameters<typeof boardTreeBlob>[1]> = {}): Uint8Array =>
  boardTreeBlob(buildBoard(virt, wiring()), {
    harts: 2,
    hart: {
      extensions: ['C', 'I', 'Zifencei', 'Sstc', 'M', 'Zicsr', 'A'],
      satpModes: ['bare', 'sv39', 'sv48'],
    },
    ramSize: 0x800_0000,
    rngSeed: new Uint8Array(32),
    ...overrides,
  })

const at = (root: DecodedFdtNode, path: string): DecodedFdtNode =>
  path
    .split('/')
    .filter(Boolean)
    .reduce(
      (node, name) => node.children[name] ?? expect.fail(`no ${name} in ${Object.keys(node.children)}`),
      root,
    )

describe('the device tree of virt', () => {
  const { root } = decodeFdt(blob({ bootargs: 'quiet', initrd: { start: 0x8400_0000, size: 0x123 } }))

  test.each([
    ['/soc/test@100000', ['sifive,test1', 'sifive,test0', 'syscon'], [0, 0x10_0000, 0, 0x1000], undefined],
    ['/soc/rtc@101000', ['google,goldfish-rtc'], [0, 0x10_1000, 0, 0x1000], 11],
    ['/soc/clint@2000000', ['sifive,clint0', 'riscv,clint0'], [0, 0x200_0000, 0, 0x1_0000], undefined],
    ['/soc/plic@c000000', ['sifive,plic-1.0.0', 'riscv,plic0'], [0, 0xc00_0000, 0, 0x60_0000], undefined],
    ['/soc/serial@10000000', ['ns16550a'], [0, 0x1000_0000, 0, 0x100], 10],
    ['/soc/virtio_mmio@10001000', ['virtio,mmio'], [0, 0x1000_1000, 0, 0x1000], 1],
    ['/soc/virtio_mmio@10008000', ['virtio,mmio'], [0, 0x1000_8000, 0, 0x1000], 8],
  ])('%s', (path, compatible, reg, irq) => {
    const { properties } = at(root, path)
    expect(stringsOf(properties.compatible!)).toEqual(compatible)
    expect(cellsOf(properties.reg!)).toEqual(reg)
    expect(properties.interrupts && cellsOf(properties.interrupts)).toEqual(
      irq === undefined ? undefined : [irq],
    )
  })

  test('/chosen tells console, command line, ramdisk and entropy', () => {
    const { properties } = at(root, '/chosen')
    expect(stringsOf(properties['stdout-path']!)).toEqual(['/soc/serial@10000000'])
    expect(stringsOf(properties.bootargs!)).toEqual(['quiet'])
    expect(cellsOf(properties['linux,initrd-start']!)).toEqual([0, 0x8400_0000])
    expect(cellsOf(properties['linux,initrd-end']!)).toEqual([0, 0x8400_0123])
    expect(properties['rng-seed']).toHaveLength(32)
  })

  test('harts say what they can do', () => {
    const { properties } = at(root, '/cpus/cpu@1')
    expect(stringsOf(properties['riscv,isa']!)).toEqual(['rv64imac_zicsr_zifencei_sstc'])
    expect(stringsOf(properties['riscv,isa-base']!)).toEqual(['rv64i'])
    expect(stringsOf(properties['riscv,isa-extensions']!)).toEqual([
      'i',
      'm',
      'a',
      'c',
      'zicsr',
      'zifencei',
      'sstc',
    ])
    expect(stringsOf(properties['mmu-type']!)).toEqual(['riscv,sv48'])
    expect(cellsOf(at(root, '/cpus').properties['timebase-frequency']!)).toEqual([10_000_000])
  })

  test('interrupt controllers point at the harts', () => {
    const intc = (hart: number): number =>
      cellsOf(at(root, `/cpus/cpu@${hart}/interrupt-controller`).properties.phandle!)[0]!
    expect(cellsOf(at(root, '/soc/plic@c000000').properties['interrupts-extended']!)).toEqual([
      intc(0),
      11,
      intc(0),
      9,
      intc(1),
      11,
      intc(1),
      9,
    ])
    expect(cellsOf(at(root, '/soc/clint@2000000').properties['interrupts-extended']!)).toEqual([
      intc(0),
      3,
      intc(0),
      7,
      intc(1),
      3,
      intc(1),
      7,
    ])
  })

  test('power-off and reboot are syscon stores to the test finisher', () => {
    const finisher = cellsOf(at(root, '/soc/test@100000').properties.phandle!)
    for (const [name, value] of [
      ['poweroff', 0x5555],
      ['reboot', 0x7777],
    ] as const) {
      const { properties } = at(root, `/${name}`)
      expect(cellsOf(properties.regmap!)).toEqual(finisher)
      expect(cellsOf(properties.value!)).toEqual([value])
    }
  })

  test('is the same every time', () => expect(blob()).toEqual(blob()))
})

test.each([
  [['A', 'I', 'M'], 'rv64ima'],
  [['I', 'Svade', 'Zifencei', 'Zicntr', 'Zba', 'Zicsr', 'C'], 'rv64ic_zicntr_zicsr_zifencei_zba_svade'],
])('ISA string of %j', (names, expected) => expect(isaString(names)).toBe(expected))

test('an extension named twice is there once', () =>
  expect(canonicalExtensions(['M', 'i', 'm'])).toEqual(['i', 'm']))

test.each([0, 1, 2, 3])('context %d of the PLIC is a level of a hart', (context) => {
  const seen: [number, string, boolean][] = []
  const { devices } = buildBoard(virt, wiring({ external: (...args) => void seen.push(args) }))
  devices.plic.write(10 * 4, 4, 1)
  devices.plic.write(0x2000 + context * 0x80, 4, 1 << 10)
  devices.uart0.write(1, 1, 1)
  devices.uart0.receive(Uint8Array.of(65))
  expect(seen).toEqual([[context >> 1, context % 2 === 0 ? 'M' : 'S', true]])
})

test('rows that overlap are refused by name', () => {
  const row = (base: number): BoardRow => ({
    base,
    make: () => testFinisher({ exit() {} }),
    node: { name: 'test' },
  })
  const board: Board = {
    ...virt,
    rows: { plic: virt.rows.plic as unknown as BoardRow, one: row(0x1000), two: row(0x1800) },
  }
  expect(() => buildBoard(board, wiring())).toThrow(DeviceError)
})
