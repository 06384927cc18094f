import {
  decodeFdt,
  decompressImage,
  FdtError,
  ImageError,
  isGzip,
  type ProgramImage,
  parseImage,
} from '@worldswitch/machine'
import { readNamedFile } from './files.ts'
import { UserError } from './user-error.ts'

/** All of the physical address space: what is wrong with an image by itself shows before it is put into RAM. */
export const ANYWHERE = { base: 0, size: 2 ** 48 }

/**
 * Reads a program image, decompresses it if need be, and checks that it is one.
 *
 * @param raw - take it as plain code for this address.
 * @throws UserError that says what is wrong with the image.
 */
export async function readImage(file: string, what: string, raw: bigint | undefined): Promise<ProgramImage> {
  const bytes = await readNamedFile(file, what)
  if (raw !== undefined) return { format: 'raw', bytes, address: Number(raw) }
  try {
    const image = isGzip(bytes) ? await decompressImage(bytes) : bytes
    parseImage(image, ANYWHERE)
    return image
  } catch (error) {
    if (error instanceof ImageError) throw imageTrouble(file, error)
    throw error
  }
}

const ELF_MAGIC = [0x7f, 0x45, 0x4c, 0x46]

/**
 * Reads firmware for M-mode: an ELF file, or plain code for the start of RAM such as OpenSBI's `fw_dynamic.bin`.
 *
 * @throws UserError when it cannot be read.
 */
export async function readFirmware(file: string, ramBase: number): Promise<ProgramImage> {
  const bytes = await readNamedFile(file, 'firmware')
  const isElf = ELF_MAGIC.every((byte, index) => bytes[index] === byte)
  return isElf ? bytes : { format: 'raw', bytes, address: ramBase }
}

/**
 * Reads a flattened device tree.
 *
 * @throws UserError when it cannot be read or is none.
 */
export async function readDeviceTree(file: string): Promise<Uint8Array> {
  const bytes = await readNamedFile(file, 'device tree')
  try {
    decodeFdt(bytes)
    return bytes
  } catch (error) {
    if (error instanceof FdtError) throw new UserError(`${file}: ${error.message}`, 1)
    throw error
  }
}

/** What is wrong with an image, in terms of the command line. */
export function imageTrouble(file: string, { code, message }: ImageError): UserError {
  if (code !== 'unknown-format') return new UserError(`${file}: ${message}`, 1)
  const [finding] = message.split('. A raw binary')
  return new UserError(`${file}: ${finding}. For plain code, say where it belongs: --raw 0x80200000.`, 1)
}
