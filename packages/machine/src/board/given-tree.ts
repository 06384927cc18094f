import { type DecodedFdtNode, decodeFdt } from '../fdt/fdt-decode.ts'
import { encodeFdt } from '../fdt/fdt-encode.ts'
import { type ChosenOptions, chosenProperties } from './chosen.ts'

/**
 * A device tree that somebody gave, completed as QEMU completes one: the command line and the place of the ramdisk go
 * to `/chosen`, over what is there, and an `rng-seed` where there is none. Everything else stays.
 *
 * @throws FdtError when the bytes are no device tree.
 */
export function completeTree(blob: Uint8Array, options: ChosenOptions): Uint8Array {
  const { root, reservations, bootHart } = decodeFdt(blob)
  const old: DecodedFdtNode = root.children.chosen ?? { properties: {}, children: {} }
  const chosen = {
    properties: { 'rng-seed': options.rngSeed, ...old.properties, ...chosenProperties(options) },
    children: old.children,
  }
  return encodeFdt({ ...root, children: { ...root.children, chosen } }, { reservations, bootHart })
}
