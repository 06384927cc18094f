import { hex, ImageError } from './image-error.ts'
import { contains, type LoadedImage, type RamRange } from './ram-range.ts'

/** "RSC\x05", little-endian, at offset 0x38. */
const MAGIC2 = 0x0543_5352
const HEADER_SIZE = 64
/** Kernels of riscv64 map themselves with 2 MiB pages. */
const ALIGNMENT = 0x20_0000

/** `true` when the bytes have the header of a RISC-V Linux `Image`. */
export const isLinuxImage = (bytes: Uint8Array): boolean =>
  bytes.length >= HEADER_SIZE &&
  new DataView(bytes.buffer, bytes.byteOffset, HEADER_SIZE).getUint32(0x38, true) === MAGIC2

/**
 * Places a Linux `Image`: at the base of RAM plus the text offset of its header, for `image_size` bytes.
 *
 * @throws {@link ImageError} when the header makes no sense or the kernel does not fit in `ram`.
 * @see Linux, Documentation/arch/riscv/boot-image-header.rst
 */
export function parseLinuxImage(bytes: Uint8Array, ram: RamRange): LoadedImage {
  if (!isLinuxImage(bytes))
    throw new ImageError(
      'unknown-format',
      'The image is no RISC-V Linux Image: "RSC\\x05" is missing at offset 0x38.',
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const textOffset = view.getBigUint64(8, true)
  const claimed = view.getBigUint64(16, true)
  const flags = view.getBigUint64(24, true)
  if ((flags & 1n) !== 0n)
    throw new ImageError(
      'wrong-endianness',
      'The Image is big-endian; build it with CONFIG_CPU_BIG_ENDIAN off.',
    )
  if (textOffset % BigInt(ALIGNMENT) !== 0n)
    throw new ImageError(
      'bad-header',
      `The text offset ${hex(textOffset)} of the Image is no multiple of 2 MiB; the header is damaged.`,
    )
  const size = claimed > BigInt(bytes.length) ? claimed : BigInt(bytes.length)
  if (textOffset > BigInt(ram.size) || size > BigInt(ram.size)) throw tooBig(size, ram)
  const start = Math.ceil(ram.base / ALIGNMENT) * ALIGNMENT + Number(textOffset)
  if (!contains(ram, start, Number(size))) throw tooBig(size, ram)
  return {
    format: 'linux-image',
    segments: [{ address: start, bytes, size: Number(size) }],
    entry: start,
    start,
    end: start + Number(size),
  }
}

const tooBig = (size: bigint, ram: RamRange): ImageError =>
  new ImageError(
    'outside-ram',
    `The Image needs ${mebibytes(Number(size))} MiB from its text offset on, and RAM has ${mebibytes(ram.size)} MiB in all; give the machine more RAM.`,
  )

const mebibytes = (bytes: number): number => Math.ceil(bytes / 0x10_0000)
