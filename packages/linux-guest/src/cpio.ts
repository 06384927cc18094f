import { LinuxGuestError } from './linux-guest-error.ts'

/** One entry of an initramfs. Folders must stand before what is in them. */
export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  | { readonly kind: 'device'; readonly path: string; readonly major: number; readonly minor: number }
  | {
      readonly kind: 'file'
      /** Relative to the root: `bin/sh`. */
      readonly path: string
      readonly contents: Uint8Array
      readonly executable?: boolean
    }

/** File types and permissions: `st_mode` of Linux. */
const MODES = {
  folder: 0o040755,
  link: 0o120777,
  device: 0o020600,
  file: 0o100644,
  program: 0o100755,
} as const

const encoder = new TextEncoder()
const pad = (length: number): number => -length & 3

/**
 * Writes an archive in the "newc" format that Linux unpacks as initramfs. Everything belongs to root and dates from the
 * epoch, so that the same entries give the same bytes.
 *
 * @throws LinuxGuestError for a path that is empty, absolute, has `..` or occurs twice, and for a file of 4 GiB or more.
 * @see Documentation/driver-api/early-userspace/buffer-format.rst of Linux
 */
export function writeCpio(entries: readonly CpioEntry[]): Uint8Array {
  const pieces: Uint8Array[] = []
  const seen = new Set<string>()
  const add = (
    inode: number,
    path: string,
    mode: number,
    contents: Uint8Array,
    major = 0,
    minor = 0,
  ): void => {
    const name = encoder.encode(`${path}\0`)
    const fields = [
      inode,
      mode,
      0, // owner
      0, // group
      1, // links
      0, // time
      contents.length,
      0, // device of the file
      0,
      major,
      minor,
      name.length,
      0, // check
    ]
    const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`
    const start = encoder.encode(header)
    pieces.push(start, name, new Uint8Array(pad(start.length + name.length)))
    pieces.push(contents, new Uint8Array(pad(contents.length)))
  }
  for (const [index, entry] of entries.entries()) {
    checkPath(entry.path, seen)
    const inode = index + 1
    if (entry.kind === 'file') {
      if (entry.contents.length >= 2 ** 32) throw refused(entry.path, 'a file of 4 GiB or more')
      add(inode, entry.path, entry.executable ? MODES.program : MODES.file, entry.contents)
    } else if (entry.kind === 'link') add(inode, entry.path, MODES.link, encoder.encode(entry.target))
    else if (entry.kind === 'device')
      add(inode, entry.path, MODES.device, new Uint8Array(), entry.major, entry.minor)
    else add(inode, entry.path, MODES.folder, new Uint8Array())
  }
  add(0, 'TRAILER!!!', 0, new Uint8Array())
  return joined(pieces)
}

const refused = (path: string, why: string): LinuxGuestError =>
  new LinuxGuestError('CPIO_ENTRY', `the entry ${JSON.stringify(path)} of the archive is ${why}`)

function checkPath(path: string, seen: Set<string>): void {
  const parts = path.split('/')
  if (parts.some((part) => part === '' || part === '.' || part === '..' || part.includes('\0')))
    throw refused(path, 'no relative path without empty parts')
  if (path === 'TRAILER!!!') throw refused(path, 'the mark of the end')
  if (seen.has(path)) throw refused(path, 'there twice')
  const parent = parts.slice(0, -1).join('/')
  if (parent !== '' && !seen.has(parent)) throw refused(path, `before its folder ${parent}`)
  seen.add(path)
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}
