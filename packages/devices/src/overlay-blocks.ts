import { type BlockBackend, checkRange, SECTOR_SIZE } from './block-backend.ts'

/** A disk whose writes stay in memory, over another that is only read. */
export interface OverlayBlocks extends BlockBackend {
  /** How many sectors differ from the disk below. */
  readonly writtenSectors: number
  /** Forgets all writes: the disk is as the one below again. */
  discard(): void
}

/** Sectors kept together: one bit each in a byte says which of them were written. */
const CLUSTER = 8

interface Cluster {
  readonly bytes: Uint8Array
  written: number
}

/**
 * Copy-on-write over another disk, which is never written: many machines can share one image. Memory grows with the
 * sectors written, at most to the size of the disk.
 *
 * @example
 * ```ts
 * const scratch = overlayBlocks(blobBlocks(image))
 * const disk = virtioMmio({ device: virtioBlk({ backend: scratch }), memory, interrupt })
 * ```
 */
export const overlayBlocks = (below: BlockBackend): OverlayBlocks => {
  const clusters = new Map<number, Cluster>()
  let writtenSectors = 0

  const isWritten = (sector: number): boolean =>
    ((clusters.get(Math.floor(sector / CLUSTER))?.written ?? 0) & (1 << (sector % CLUSTER))) !== 0

  /** Puts the written sectors of a range over what the disk below has there. */
  const patch = (first: number, target: Uint8Array): void => {
    for (let i = 0; i < target.length / SECTOR_SIZE; i++) {
      const sector = first + i
      if (!isWritten(sector)) continue
      const { bytes } = clusters.get(Math.floor(sector / CLUSTER)) as Cluster
      const from = (sector % CLUSTER) * SECTOR_SIZE
      target.set(bytes.subarray(from, from + SECTOR_SIZE), i * SECTOR_SIZE)
    }
  }

  return {
    sectors: below.sectors,
    readOnly: false,
    get writtenSectors() {
      return writtenSectors
    },
    read(sector, target) {
      checkRange(this, sector, target.length)
      let covered = true
      for (let i = 0; covered && i < target.length / SECTOR_SIZE; i++) covered = isWritten(sector + i)
      const reading = covered ? undefined : below.read(sector, target)
      if (reading === undefined) return patch(sector, target)
      return reading.then(() => patch(sector, target))
    },
    write(first, source) {
      checkRange(this, first, source.length)
      for (let i = 0; i < source.length / SECTOR_SIZE; i++) {
        const sector = first + i
        const key = Math.floor(sector / CLUSTER)
        let cluster = clusters.get(key)
        if (cluster === undefined) {
          cluster = { bytes: new Uint8Array(CLUSTER * SECTOR_SIZE), written: 0 }
          clusters.set(key, cluster)
        }
        if (!isWritten(sector)) writtenSectors++
        cluster.written |= 1 << (sector % CLUSTER)
        const from = i * SECTOR_SIZE
        cluster.bytes.set(source.subarray(from, from + SECTOR_SIZE), (sector % CLUSTER) * SECTOR_SIZE)
      }
    },
    flush() {},
    discard() {
      clusters.clear()
      writtenSectors = 0
    },
  }
}
