import { hex, ImageError } from './image-error.ts'
import type { RamRange } from './ram-range.ts'

const MIB = 0x10_0000
const PAGE = 0x1000
/** Device trees stay below 3 GiB, so that kernels that map little at first can reach them. */
const TREE_CEILING = 3072 * MIB

/** Where the initial ramdisk and the device tree go. */
export interface Placement {
  /** Physical address of the initial ramdisk, page-aligned; undefined when there is none. */
  readonly initrd: number | undefined
  /** Physical address of the device tree, 2 MiB-aligned. */
  readonly tree: number
}

/**
 * Places ramdisk and device tree as QEMU's `virt` does: the tree at the top of RAM (below 3 GiB, 2 MiB-aligned),
 * the ramdisk half of RAM, at most 128 MiB, above the kernel's entry. Where the ramdisk would overlap what is
 * there already it moves to the first free page after it.
 *
 * @param taken - where the kernel lies; `start` is where it is entered.
 * @throws {@link ImageError} when RAM is too small for all.
 */
export function place(
  ram: RamRange,
  taken: { readonly start: number; readonly end: number },
  initrdSize: number,
  treeSize: number,
): Placement {
  const ramEnd = ram.base + ram.size
  const ceiling =
    ram.base < TREE_CEILING ? Math.min(ramEnd, Math.max(TREE_CEILING, ram.base + treeSize)) : ramEnd
  let tree = down(ceiling - treeSize, 2 * MIB)
  // A machine too small for 2 MiB alignment gets what devices trees need at least: eight bytes, here a page.
  if (tree < taken.end) tree = down(ceiling - treeSize, PAGE)
  if (tree < taken.end) throw noRoom('the device tree', treeSize, ram)
  if (initrdSize === 0) return { initrd: undefined, tree }
  const wished = up(taken.start + Math.min(ram.size / 2, 128 * MIB), PAGE)
  const free = up(taken.end, PAGE)
  for (const initrd of [Math.max(wished, free), free])
    if (initrd + initrdSize <= tree) return { initrd, tree }
  const aboveTree = up(tree + treeSize, PAGE)
  if (aboveTree + initrdSize <= ramEnd) return { initrd: aboveTree, tree }
  throw noRoom('the initial ramdisk', initrdSize, ram)
}

const down = (value: number, to: number): number => Math.floor(value / to) * to
const up = (value: number, to: number): number => Math.ceil(value / to) * to

const noRoom = (what: string, size: number, ram: RamRange): ImageError =>
  new ImageError(
    'overlap',
    `There is no room for ${what} (${size} bytes) beside the kernel in RAM (${hex(ram.base)} to ${hex(ram.base + ram.size)}); give the machine more RAM.`,
  )
