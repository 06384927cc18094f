import { type ByteWriter, u32Size } from './byte-writer.ts'

/** The numbers of the sections. */
const sectionNumber = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const

/** A section of the binary format. */
export type SectionId = keyof typeof sectionNumber

/** Writes contents with their size in front: they are written first and then moved up by the size's bytes. */
export const writeSized = (out: ByteWriter, writeContents: () => void): void => {
  const start = out.length
  writeContents()
  const size = out.length - start
  const shift = u32Size(size)
  out.reserve(shift)
  out.bytes.copyWithin(start + shift, start, out.length)
  out.length = start
  out.u32(size)
  out.length += size
}

/** Writes a section. */
export const writeSection = (out: ByteWriter, id: SectionId, writeContents: () => void): void => {
  out.u8(sectionNumber[id])
  writeSized(out, writeContents)
}

/** Writes a section that is a vector, and nothing if that is empty. */
export const writeVectorSection = <T>(
  out: ByteWriter,
  id: SectionId,
  items: readonly T[],
  writeItem: (item: T) => void,
): void => {
  if (items.length === 0) return
  writeSection(out, id, () => {
    out.u32(items.length)
    for (const item of items) writeItem(item)
  })
}
