/** One entry of an archive in the "newc" format, as read back. */
export interface ReadEntry {
  readonly path: string
  readonly mode: number
  readonly device: readonly [major: number, minor: number]
  readonly contents: Uint8Array
}

/** Reads an archive by the rules of the format, independently of how it was written. */
export function readCpio(archive: Uint8Array): ReadEntry[] {
  const text = (from: number, length: number): string =>
    new TextDecoder('latin1').decode(archive.subarray(from, from + length))
  const entries: ReadEntry[] = []
  for (let at = 0; ; ) {
    if (text(at, 6) !== '070701') throw new Error(`no header at ${at}`)
    const field = (index: number): number => Number.parseInt(text(at + 6 + 8 * index, 8), 16)
    const nameLength = field(11)
    const path = text(at + 110, nameLength - 1)
    if (archive[at + 110 + nameLength - 1] !== 0) throw new Error(`the name ${path} has no end`)
    const from = (at + 110 + nameLength + 3) & ~3
    const contents = archive.subarray(from, from + field(6))
    const entry: ReadEntry = { path, mode: field(1), device: [field(9), field(10)], contents }
    at = (from + contents.length + 3) & ~3
    if (path === 'TRAILER!!!') {
      if (at !== archive.length) throw new Error(`${archive.length - at} bytes after the end`)
      return entries
    }
    entries.push(entry)
  }
}
