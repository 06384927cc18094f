import { encoded as diskImage } from './generated/disk.ts'
import { encoded as kernelNative } from './generated/kernel-native.ts'

async function inflate(base64: string): Promise<Uint8Array> {
  const compressed = Uint8Array.from(atob(base64.replaceAll('\n', '')), (c) => c.charCodeAt(0))
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

/**
 * The kernel as an ELF file: load segments at their physical addresses (`p_paddr`, from 0x8020_0000), enter at
 * `e_entry` (physical) in S-mode with translation off, `a0` = hart id, `a1` = address of the device tree.
 *
 * @returns a fresh copy.
 */
export const kernelElf = (): Promise<Uint8Array> => inflate(kernelNative)

/**
 * The disk: file system with programs and a raw region for the block workloads (format: `include/disk-format.h`).
 * Attach it to any virtio-mmio slot as virtio-blk, or load it as initrd.
 *
 * @returns a fresh copy, which a guest may write to.
 */
export const disk = (): Promise<Uint8Array> => inflate(diskImage)
