import { hex, ImageError, type ImageErrorCode } from './image-error.ts'
import { contains, type ImageSegment, type LoadedImage, type RamRange } from './ram-range.ts'

const ELF_MAGIC = 0x7f45_4c46
const CLASS_64 = 2
const LITTLE_ENDIAN = 1
const MACHINE_RISCV = 243
const TYPE_EXECUTABLE = 2
const TYPE_SHARED = 3
const PT_LOAD = 1
const EHDR_SIZE = 64
const PHDR_SIZE = 56

/** `true` when the bytes begin like an ELF file. */
export const isElf = (bytes: Uint8Array): boolean =>
  bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) === ELF_MAGIC

interface ProgramHeader {
  readonly offset: bigint
  readonly virtual: bigint
  readonly physical: bigint
  readonly fileSize: bigint
  readonly memorySize: bigint
}

/**
 * Takes a RISC-V ELF64 executable apart: every PT_LOAD segment goes to its physical address. An entry point
 * inside the virtual range of a segment is turned into the physical address it was loaded at.
 *
 * @throws {@link ImageError} when it is damaged, for another machine, or does not fit in `ram`.
 * @see System V ABI, "ELF-64 Object File Format"; RISC-V ELF psABI
 */
export function parseElf(bytes: Uint8Array, ram: RamRange): LoadedImage {
  const fail = (code: ImageErrorCode, message: string): never => {
    throw new ImageError(code, message)
  }
  if (!isElf(bytes)) fail('unknown-format', 'The image is no ELF file: it does not begin with 7f 45 4c 46.')
  if (bytes.length < EHDR_SIZE)
    fail(
      'truncated',
      `The ELF file is cut off: ${bytes.length} bytes do not hold its header of ${EHDR_SIZE}.`,
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[4] !== CLASS_64) fail('wrong-class', 'The ELF file is 32-bit; build the kernel for riscv64.')
  if (bytes[5] !== LITTLE_ENDIAN)
    fail('wrong-endianness', 'The ELF file is big-endian; RISC-V kernels are little-endian.')
  const machine = view.getUint16(18, true)
  if (machine !== MACHINE_RISCV)
    fail('wrong-machine', `The ELF file is for ${machineName(machine)}, not for RISC-V; use a riscv64 build.`)
  const type = view.getUint16(16, true)
  if (type !== TYPE_EXECUTABLE && type !== TYPE_SHARED)
    fail('wrong-type', `The ELF file is ${typeName(type)}; link it to an executable first.`)

  const entry = view.getBigUint64(24, true)
  const headers = programHeaders(bytes, view)
  const segments: (ImageSegment & { readonly header: ProgramHeader })[] = []
  for (const header of headers) {
    if (header.memorySize === 0n) continue
    const where = `The segment for ${hex(header.physical)}`
    if (header.fileSize > header.memorySize)
      fail('bad-header', `${where} has more bytes in the file than in memory; the file is damaged.`)
    if (header.offset + header.fileSize > BigInt(bytes.length))
      fail(
        'segment-outside-file',
        `${where} reaches beyond the end of the file; the file is cut off, fetch it again.`,
      )
    if (
      header.physical + header.memorySize > BigInt(ram.base + ram.size) ||
      header.physical < BigInt(ram.base)
    ) {
      fail(
        'segment-outside-ram',
        `${where} (${header.memorySize} bytes) is outside RAM, which is ${hex(ram.base)} to ${hex(ram.base + ram.size)}; give the machine more RAM or link the image there.`,
      )
    }
    const offset = Number(header.offset)
    segments.push({
      address: Number(header.physical),
      bytes: bytes.subarray(offset, offset + Number(header.fileSize)),
      size: Number(header.memorySize),
      header,
    })
  }
  if (segments.length === 0)
    fail(
      'no-segments',
      'The ELF file has nothing to load (no PT_LOAD segment); it may be a debug file or an object file.',
    )
  segments.sort((a, b) => a.address - b.address)
  for (let index = 1; index < segments.length; index++) {
    const before = segments[index - 1]!
    if (before.address + before.size > segments[index]!.address) {
      fail(
        'segments-overlap',
        `The segments at ${hex(before.address)} and ${hex(segments[index]!.address)} overlap in physical memory; check the load addresses (AT>) of the linker script.`,
      )
    }
  }
  const home = segments.find(
    ({ header }) => entry >= header.virtual && entry < header.virtual + header.memorySize,
  )?.header
  const physicalEntry = home ? entry - home.virtual + home.physical : entry
  if (
    physicalEntry % 2n !== 0n ||
    physicalEntry > BigInt(Number.MAX_SAFE_INTEGER) ||
    !segments.some((s) => contains({ base: s.address, size: s.size }, Number(physicalEntry), 2))
  ) {
    fail(
      'bad-entry',
      `The entry point ${hex(entry)} is not inside a loaded segment; set it with ENTRY() in the linker script.`,
    )
  }
  const last = segments.at(-1)!
  return {
    format: 'elf',
    segments: segments.map(({ address, bytes: contents, size }) => ({ address, bytes: contents, size })),
    entry: Number(physicalEntry),
    start: segments[0]!.address,
    end: last.address + last.size,
  }
}

function programHeaders(bytes: Uint8Array, view: DataView): ProgramHeader[] {
  const offset = view.getBigUint64(32, true)
  const entrySize = view.getUint16(54, true)
  const count = view.getUint16(56, true)
  if (count > 0 && entrySize < PHDR_SIZE)
    throw new ImageError(
      'bad-header',
      `The ELF file says that its program headers have ${entrySize} bytes, ${PHDR_SIZE} are needed; the file is damaged.`,
    )
  if (offset + BigInt(entrySize * count) > BigInt(bytes.length))
    throw new ImageError(
      'truncated',
      'The program headers of the ELF file reach beyond its end; the file is cut off, fetch it again.',
    )
  const headers: ProgramHeader[] = []
  for (let index = 0; index < count; index++) {
    const at = Number(offset) + index * entrySize
    if (view.getUint32(at, true) !== PT_LOAD) continue
    const field = (fieldOffset: number): bigint => view.getBigUint64(at + fieldOffset, true)
    headers.push({
      offset: field(8),
      virtual: field(16),
      physical: field(24),
      fileSize: field(32),
      memorySize: field(40),
    })
  }
  return headers
}

const MACHINES: Readonly<Record<number, string>> = {
  3: 'x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: 'PowerPC',
  40: 'ARM',
  62: 'x86-64',
  183: 'AArch64',
  258: 'LoongArch',
}
const machineName = (machine: number): string => MACHINES[machine] ?? `machine number ${machine}`
const TYPES: Readonly<Record<number, string>> = { 1: 'an object file', 4: 'a core dump' }
const typeName = (type: number): string => TYPES[type] ?? `of type ${type}`
