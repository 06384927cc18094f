import { type ImageSegment, type ProgramImage, parseImage } from '@worldswitch/machine'
import { embedded } from './embedded.ts'
import { encoded as shim } from './generated/shim.ts'
import { VsShimError } from './vs-shim-error.ts'

/** RAM of a `virt` board, as far as anybody may link a kernel. */
const RAM = { base: 0x8000_0000, size: 2 ** 40 }
/** Memory of the guest begins here; firmware and shim are below. shim/memory-map.h says it, too. */
const GUEST_MEMORY = 0x8020_0000
/** Where the shim has the entry of its guest, from its beginning. */
const GUEST_ENTRY = 8

/**
 * Puts a kernel above the shim: an image that any `virt` machine with the H extension boots as a kernel for S-mode, and
 * in which that kernel runs in VS-mode.
 *
 * @param kernel - a Linux Image, an ELF file or plain code for S-mode, from physical address 0x8020_0000 on.
 * @returns a static ELF file that is loaded at its physical addresses and entered at the lowest.
 * @throws ImageError when `kernel` is no image; VsShimError `BELOW_GUEST_MEMORY` when it lies where the shim does.
 * @example
 * const kernel = await inVsMode(image)
 * createMachine({ kernel, initrd, bootargs: 'console=ttyS0' })
 */
export async function inVsMode(kernel: ProgramImage): Promise<Uint8Array> {
  const guest = parseImage(kernel, RAM)
  if (guest.start < GUEST_MEMORY) {
    throw new VsShimError(
      'BELOW_GUEST_MEMORY',
      `The kernel begins at 0x${guest.start.toString(16)}, where firmware and shim are: link it at 0x${GUEST_MEMORY.toString(16)} or above.`,
    )
  }
  const below = parseImage(await embedded(shim), RAM)
  const start = below.segments[0]!.bytes
  new DataView(start.buffer, start.byteOffset).setBigUint64(GUEST_ENTRY, BigInt(guest.entry), true)
  return writeElf([...below.segments, ...guest.segments], below.entry)
}

const HEADER = 64
const PROGRAM_HEADER = 56
const PAGE = 4096

const EXECUTABLE = 2
const RISCV = 243
const LOAD = 1
const READ_WRITE_EXECUTE = 7
/** ELF of class 64, little-endian, version 1. */
const IDENTITY = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]

const pages = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE

/** System V ABI, "ELF-64 Object File Format": program headers and nothing more. */
function writeElf(segments: readonly ImageSegment[], entry: number): Uint8Array {
  const first = pages(HEADER + PROGRAM_HEADER * segments.length)
  const file = new Uint8Array(segments.reduce((size, { bytes }) => size + pages(bytes.length), first))
  const view = new DataView(file.buffer)
  file.set(IDENTITY)
  view.setUint16(16, EXECUTABLE, true)
  view.setUint16(18, RISCV, true)
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(entry), true)
  view.setBigUint64(32, BigInt(HEADER), true)
  view.setUint16(52, HEADER, true)
  view.setUint16(54, PROGRAM_HEADER, true)
  view.setUint16(56, segments.length, true)
  let offset = first
  for (const [index, { address, bytes, size }] of segments.entries()) {
    const at = HEADER + PROGRAM_HEADER * index
    view.setUint32(at, LOAD, true)
    view.setUint32(at + 4, READ_WRITE_EXECUTE, true)
    for (const [field, value] of [offset, address, address, bytes.length, size, PAGE].entries()) {
      view.setBigUint64(at + 8 + 8 * field, BigInt(value), true)
    }
    file.set(bytes, offset)
    offset += pages(bytes.length)
  }
  return file
}
