import { encodeFdt } from '../fdt/fdt-encode.ts'
import { cells, type FdtNode, type FdtValue, reference } from '../fdt/fdt-node.ts'
import type { BuiltBoard } from './board.ts'
import { type ChosenOptions, chosenProperties } from './chosen.ts'
import { hartInterrupts } from './virt.ts'

/** What the device tree says about a hart: what it really does, no more. */
export interface HartDescription {
  /** Names of its extensions: `I`, `M`, `A`, `C`, `Zicsr`, ... */
  readonly extensions: readonly string[]
  /** Modes that its `satp` takes, beside bare. */
  readonly satpModes: readonly string[]
}

/** What a device tree says beside the devices. */
export interface BoardTreeOptions extends ChosenOptions {
  /** All harts alike, numbered from 0. */
  readonly harts: number
  readonly hart: HartDescription
  /** Bytes of RAM, at the board's base. */
  readonly ramSize: number
}

/** Order of single-letter extensions in an ISA string. ISA manual, chapter "ISA Extension Naming Conventions". */
const LETTERS = 'imafdqlcbkjtpvh'

const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase())

/** Extension names in canonical order: single letters, then Z... by their second letter, then S... */
export function canonicalExtensions(names: readonly string[]): string[] {
  const all = [...new Set(lower(names))]
  const letters = all
    .filter((name) => name.length === 1)
    .sort((a, b) => LETTERS.indexOf(a) - LETTERS.indexOf(b))
  const ofZ = (name: string): number => LETTERS.indexOf(name.charAt(1))
  const unprivileged = all
    .filter((name) => name.length > 1 && name.startsWith('z'))
    .sort((a, b) => ofZ(a) - ofZ(b) || (a < b ? -1 : 1))
  const supervisor = all.filter((name) => name.length > 1 && name.startsWith('s')).sort()
  return [...letters, ...unprivileged, ...supervisor]
}

/** `rv64imac_zicsr_...`: the value of `riscv,isa`. */
export function isaString(names: readonly string[]): string {
  const ordered = canonicalExtensions(names)
  const letters = ordered.filter((name) => name.length === 1).join('')
  return [`rv64${letters}`, ...ordered.filter((name) => name.length > 1)].join('_')
}

const WIDTH_ORDER = ['sv39', 'sv48', 'sv57']

/** `mmu-type` names the widest mode; the narrower ones are implied. */
const mmuType = (modes: readonly string[]): string =>
  `riscv,${WIDTH_ORDER.findLast((mode) => modes.includes(mode)) ?? 'none'}`

/** Bytes of the blocks of the cache-block instructions, for those that are there. */
const blockSizes = (extensions: readonly string[]): Record<string, number> =>
  Object.fromEntries(
    (['zicbom', 'zicbop', 'zicboz'] as const)
      .filter((name) => lower(extensions).includes(name))
      .map((name) => [`riscv,${name.slice(2)}-block-size`, 64]),
  )

const address = (value: number): string => value.toString(16)
const range = (base: number, size: number): FdtValue => cells(BigInt(base), BigInt(size))

/**
 * The device tree of a board as an object: processors, memory, `/chosen`, and under `/soc` a node for each row.
 *
 * @see Devicetree Specification 0.4; Linux, Documentation/devicetree/bindings/riscv/cpus.yaml
 */
export function boardTree(built: BuiltBoard, options: BoardTreeOptions): FdtNode {
  const { board, devices } = built
  const soc: Record<string, FdtNode> = {}
  const companions: Record<string, FdtNode> = {}
  for (const [name, row] of Object.entries(board.rows)) {
    const device = devices[name]!
    soc[nodeName(built, name)] = {
      label: name,
      properties: {
        compatible: device.compatible,
        reg: range(row.base, device.size),
        ...(row.irq === undefined
          ? {}
          : { 'interrupt-parent': reference(board.interruptController), interrupts: row.irq }),
        ...row.node.properties?.(device, options.harts),
      },
    }
    Object.assign(companions, row.node.companions)
  }
  return {
    properties: { '#address-cells': 2, '#size-cells': 2, compatible: board.compatible, model: board.model },
    children: {
      chosen: {
        properties: {
          'stdout-path': `/soc/${nodeName(built, board.console)}`,
          'rng-seed': options.rngSeed,
          ...chosenProperties(options),
        },
      },
      [`memory@${address(board.ramBase)}`]: {
        properties: { device_type: 'memory', reg: range(board.ramBase, options.ramSize) },
      },
      cpus: cpus(options, board.timebase),
      soc: {
        properties: { '#address-cells': 2, '#size-cells': 2, compatible: 'simple-bus', ranges: true },
        children: soc,
      },
      ...companions,
    },
  }
}

/** {@link boardTree}, encoded. */
export const boardTreeBlob = (built: BuiltBoard, options: BoardTreeOptions): Uint8Array =>
  encodeFdt(boardTree(built, options))

const nodeName = ({ board }: BuiltBoard, name: string): string => {
  const row = board.rows[name]!
  return `${row.node.name}@${address(row.base)}`
}

function cpus({ harts, hart }: BoardTreeOptions, timebase: number): FdtNode {
  const numbers = Array.from({ length: harts }, (_, number) => number)
  const cpu = (number: number): FdtNode => ({
    label: `cpu${number}`,
    properties: {
      device_type: 'cpu',
      reg: number,
      status: 'okay',
      compatible: 'riscv',
      'riscv,isa': isaString(hart.extensions),
      'riscv,isa-base': 'rv64i',
      'riscv,isa-extensions': canonicalExtensions(hart.extensions),
      ...blockSizes(hart.extensions),
      'mmu-type': mmuType(hart.satpModes),
    },
    children: {
      'interrupt-controller': {
        label: hartInterrupts(number),
        properties: { '#interrupt-cells': 1, 'interrupt-controller': true, compatible: 'riscv,cpu-intc' },
      },
    },
  })
  return {
    properties: { '#address-cells': 1, '#size-cells': 0, 'timebase-frequency': timebase },
    children: {
      ...Object.fromEntries(numbers.map((number) => [`cpu@${number.toString(16)}`, cpu(number)])),
      'cpu-map': {
        children: {
          cluster0: {
            children: Object.fromEntries(
              numbers.map((number) => [`core${number}`, { properties: { cpu: reference(`cpu${number}`) } }]),
            ),
          },
        },
      },
    },
  }
}
