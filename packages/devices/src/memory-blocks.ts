import { type BlockBackend, checkRange, checkWritable, SECTOR_SIZE, sectorCount } from './block-backend.ts'

/**
 * A disk in memory: `bytes` itself, so the embedder sees what the guest wrote.
 *
 * @param options - `readOnly` refuses writes.
 * @throws {@link DeviceError} `block-size` when the length is no positive multiple of 512.
 */
export const memoryBlocks = (
  bytes: Uint8Array,
  { readOnly = false }: { readOnly?: boolean } = {},
): BlockBackend => ({
  sectors: sectorCount(bytes.length, 'The memory of a disk'),
  readOnly,
  read(sector, target) {
    checkRange(this, sector, target.length)
    const start = sector * SECTOR_SIZE
    target.set(bytes.subarray(start, start + target.length))
  },
  write(sector, source) {
    checkWritable(this)
    checkRange(this, sector, source.length)
    bytes.set(source, sector * SECTOR_SIZE)
  },
  flush() {},
})
