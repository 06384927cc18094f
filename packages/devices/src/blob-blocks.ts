import { type BlockBackend, checkRange, checkWritable, SECTOR_SIZE, sectorCount } from './block-backend.ts'

/**
 * A read-only disk in a `Blob` or `File`, as a browser gets it from a file picker or a download: only the sectors that
 * the guest reads are loaded. Put {@link overlayBlocks} over it to let the guest write.
 *
 * @throws {@link DeviceError} `block-size` when the size is no positive multiple of 512.
 */
export const blobBlocks = (blob: Blob): BlockBackend => ({
  sectors: sectorCount(blob.size, 'The blob of a disk'),
  readOnly: true,
  async read(sector, target) {
    checkRange(this, sector, target.length)
    const start = sector * SECTOR_SIZE
    target.set(new Uint8Array(await blob.slice(start, start + target.length).arrayBuffer()))
  },
  write() {
    checkWritable(this)
  },
  flush() {},
})
