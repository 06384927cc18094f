import { LinuxGuestError } from './linux-guest-error.ts'

/** A module of the kernel with everything that it needs loaded before. */
export interface KernelModule {
  /** With underscores, as the kernel says it: `virtio_blk`. */
  readonly name: string
  /** The ELF object, not compressed. */
  readonly contents: Uint8Array
}

/** Modules that are loaded together, in this order. */
export interface ModuleGroup {
  /** `boot`, or the names by which the kernel asks for it: `fs-ext4`. */
  readonly names: readonly string[]
  readonly modules: readonly KernelModule[]
}

/** The kernel takes `-` and `_` in module names for the same. */
const normal = (name: string): string => name.replaceAll('-', '_')

const ELF64_LITTLE = [0x7f, 0x45, 0x4c, 0x46, 2, 1]

/**
 * Names of the modules that a module needs: the field `depends` of its `.modinfo`.
 *
 * @param name - for the message.
 * @throws LinuxGuestError if this is no module.
 */
export function moduleDependencies(contents: Uint8Array, name: string): string[] {
  const info = section(contents, '.modinfo')
  if (info === undefined) throw new LinuxGuestError('MODULE_FORMAT', `${name} is no kernel module`)
  const fields = new TextDecoder('latin1').decode(info).split('\0')
  const depends = fields.find((field) => field.startsWith('depends='))?.slice('depends='.length) ?? ''
  return depends
    .split(',')
    .filter((part) => part !== '')
    .map(normal)
}

/** Contents of a section of a 64-bit little-endian ELF file; `undefined` where there is none, or no such file. */
function section(file: Uint8Array, wanted: string): Uint8Array | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < 64 || ELF64_LITTLE.some((byte, at) => file[at] !== byte)) return undefined
  const table = Number(view.getBigUint64(0x28, true))
  const size = view.getUint16(0x3a, true)
  const count = view.getUint16(0x3c, true)
  if (size < 64 || table + count * size > file.length) return undefined
  const bytes = (index: number): Uint8Array => {
    const offset = Number(view.getBigUint64(table + index * size + 0x18, true))
    return file.subarray(offset, offset + Number(view.getBigUint64(table + index * size + 0x20, true)))
  }
  const names = bytes(view.getUint16(0x3e, true))
  for (let index = 0; index < count; index++) {
    const at = view.getUint32(table + index * size, true)
    const name = new TextDecoder('latin1').decode(names.subarray(at, at + wanted.length + 1))
    if (name === `${wanted}\0`) return bytes(index)
  }
  return undefined
}

/** How a signed module ends. */
const SIGNED = new TextEncoder().encode('~Module signature appended~\n')
/** Bytes of the structure before that; its last four are the length of the signature. */
const SIGNATURE_TRAILER = 12

/**
 * The module without its signature. A kernel that does not insist on one then loads it without checking, which saves a
 * guest some 180 million instructions for each module; what it is was verified when its package was downloaded.
 *
 * @see Documentation/admin-guide/module-signing.rst of Linux
 */
export function withoutSignature(contents: Uint8Array): Uint8Array {
  const mark = contents.length - SIGNED.length
  if (mark < SIGNATURE_TRAILER || SIGNED.some((byte, at) => contents[mark + at] !== byte)) return contents
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength)
  const end = mark - SIGNATURE_TRAILER - view.getUint32(mark - 4)
  return end > 0 ? contents.subarray(0, end) : contents
}

/** Where modules are found. */
export interface ModuleSource {
  /** Names that need no loading, because they are part of the kernel. */
  readonly builtIn: ReadonlySet<string>
  /** @returns `undefined` when there is no such module. */
  read(name: string): Promise<Uint8Array | undefined>
}

/**
 * Reads modules and all that they need, each once, dependencies before what needs them. Signatures are cut off.
 *
 * @param loaded - names that other groups have loaded already; what is found is added.
 * @throws LinuxGuestError if one is missing or is no module.
 */
export async function orderModules(
  wanted: readonly string[],
  source: ModuleSource,
  loaded: Set<string> = new Set(),
): Promise<KernelModule[]> {
  const order: KernelModule[] = []
  const add = async (name: string, neededBy?: string): Promise<void> => {
    if (loaded.has(name) || source.builtIn.has(name)) return
    loaded.add(name)
    const contents = await source.read(name)
    if (contents === undefined) {
      const why = neededBy === undefined ? '' : `, which ${neededBy} needs`
      throw new LinuxGuestError('MODULE_MISSING', `the kernel has no module ${name}${why}`)
    }
    for (const dependency of moduleDependencies(contents, name)) await add(dependency, name)
    order.push({ name, contents: withoutSignature(contents) })
  }
  for (const name of wanted) await add(normal(name))
  return order
}
