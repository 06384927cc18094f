import { isElf, parseElf } from './elf.ts'
import { isGzip } from './gzip.ts'
import { hex, ImageError } from './image-error.ts'
import { isLinuxImage, parseLinuxImage } from './linux-image.ts'
import { contains, type LoadedImage, type RamRange } from './ram-range.ts'

/** A program image. Formats are recognized, except a raw binary, which only an explicit address makes one. */
export type ProgramImage =
  | Uint8Array
  | {
      readonly bytes: Uint8Array
      /** Load as it is: no format is looked for, and execution begins at the first byte. */
      readonly format: 'raw'
      /** Physical load address, a multiple of 2. */
      readonly address: number
    }

/**
 * Recognizes an image and says what goes where in `ram`.
 *
 * @throws {@link ImageError} when nothing can be made of it; the message says what is wrong and what to do.
 */
export function parseImage(image: ProgramImage, ram: RamRange): LoadedImage {
  if (!(image instanceof Uint8Array)) return parseRaw(image.bytes, image.address, ram)
  if (image.length === 0) throw new ImageError('empty', 'The image is empty; check the path or the download.')
  if (isGzip(image))
    throw new ImageError(
      'compressed',
      'The image is compressed with gzip; pass it through `await decompressImage(bytes)` first.',
    )
  if (isElf(image)) return parseElf(image, ram)
  if (isLinuxImage(image)) return parseLinuxImage(image, ram)
  throw new ImageError(
    'unknown-format',
    `The image is neither an ELF file nor a RISC-V Linux Image${guess(image)}. A raw binary is loaded with { format: 'raw', bytes, address }.`,
  )
}

function parseRaw(bytes: Uint8Array, address: number, ram: RamRange): LoadedImage {
  if (bytes.length === 0)
    throw new ImageError('empty', 'The raw binary is empty; check the path or the download.')
  if (!Number.isSafeInteger(address) || address % 2 !== 0)
    throw new ImageError(
      'bad-entry',
      `A raw binary cannot be loaded at ${address}: the address must be an even number.`,
    )
  if (!contains(ram, address, bytes.length))
    throw new ImageError(
      'outside-ram',
      `The raw binary (${bytes.length} bytes at ${hex(address)}) is outside RAM, which is ${hex(ram.base)} to ${hex(ram.base + ram.size)}.`,
    )
  return {
    format: 'raw',
    segments: [{ address, bytes, size: bytes.length }],
    entry: address,
    start: address,
    end: address + bytes.length,
  }
}

const SIGNATURES: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a Windows or EFI executable', [0x4d, 0x5a]],
  ['an XZ archive', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['a Zstandard archive', [0x28, 0xb5, 0x2f, 0xfd]],
  ['a device tree', [0xd0, 0x0d, 0xfe, 0xed]],
  ['a cpio archive (an initrd?)', [0x30, 0x37, 0x30, 0x37, 0x30]],
  ['a shell script', [0x23, 0x21]],
  ['a U-Boot image', [0x27, 0x05, 0x19, 0x56]],
]

function guess(image: Uint8Array): string {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, index) => image[index] === byte))
  return found ? `; it looks like ${found[0]}` : ''
}

/** Where images are written: RAM, as `MachineMemory` and a VM's memory offer it. */
export interface ImageTarget {
  /** Copies bytes to a physical address inside RAM. */
  writeRam(address: number, bytes: Uint8Array): void
}

const ZEROS = new Uint8Array(0x1_0000)

/** Writes an image taken apart by {@link parseImage} into memory, zeros after each segment's bytes included. */
export function writeImage(image: LoadedImage, target: ImageTarget): void {
  for (const { address, bytes, size } of image.segments) {
    target.writeRam(address, bytes)
    for (let at = bytes.length; at < size; at += ZEROS.length) {
      target.writeRam(address + at, ZEROS.subarray(0, Math.min(ZEROS.length, size - at)))
    }
  }
}
