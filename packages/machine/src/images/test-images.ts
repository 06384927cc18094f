/** A segment of {@link elf}. */
interface TestSegment {
  readonly physical: bigint
  readonly virtual?: bigint
  readonly bytes: readonly number[]
  readonly memory?: bigint
  readonly fileSize?: bigint
  readonly offset?: bigint
}

/** Builds small ELF files for tests, damaged ones too. */
export function elf(options: {
  class?: number
  data?: number
  machine?: number
  type?: number
  entry?: bigint
  programHeaderOffset?: bigint
  programHeaderSize?: number
  segments?: readonly TestSegment[]
}): Uint8Array {
  const segments = options.segments ?? [{ physical: 0x8020_0000n, bytes: [1, 2, 3, 4] }]
  const headerEnd = 64 + 56 * segments.length
  const bytes = new Uint8Array(headerEnd + segments.reduce((sum, s) => sum + s.bytes.length, 0))
  const view = new DataView(bytes.buffer)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, options.class ?? 2, options.data ?? 1, 1])
  view.setUint16(16, options.type ?? 2, true)
  view.setUint16(18, options.machine ?? 243, true)
  view.setBigUint64(24, options.entry ?? segments[0]?.physical ?? 0n, true)
  view.setBigUint64(32, options.programHeaderOffset ?? 64n, true)
  view.setUint16(54, options.programHeaderSize ?? 56, true)
  view.setUint16(56, segments.length, true)
  let at = headerEnd
  segments.forEach((segment, index) => {
    const header = 64 + index * 56
    view.setUint32(header, 1, true)
    const fields = [
      segment.offset ?? BigInt(at),
      segment.virtual ?? segment.physical,
      segment.physical,
      segment.fileSize ?? BigInt(segment.bytes.length),
      segment.memory ?? BigInt(segment.bytes.length),
    ]
    for (const [number, field] of fields.entries()) view.setBigUint64(header + 8 + number * 8, field, true)
    bytes.set(segment.bytes, at)
    at += segment.bytes.length
  })
  return bytes
}

/** Builds the header of a Linux `Image` for tests. */
export function linuxImage(options: { textOffset?: bigint; imageSize?: bigint; flags?: bigint }): Uint8Array {
  const bytes = new Uint8Array(0x1000)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(8, options.textOffset ?? 0x20_0000n, true)
  view.setBigUint64(16, options.imageSize ?? 0x1000n, true)
  view.setBigUint64(24, options.flags ?? 0n, true)
  view.setUint32(0x38, 0x0543_5352, true)
  return bytes
}
