import { DeviceError } from './device-error.ts'

/** Bytes of a sector: the unit of every address and length of a block device. */
export const SECTOR_SIZE = 512

/**
 * Where the sectors of a disk are kept. A method may return a promise; one that does not has finished when it returns.
 * A failure (a thrown error or a rejected promise) becomes an I/O error of the guest's request. Ranges are always whole
 * sectors inside the disk: the device checks them first.
 */
export interface BlockBackend {
  /** Size in sectors of 512 bytes. */
  readonly sectors: number
  /** Whether writes are refused. */
  readonly readOnly: boolean
  /** Fills `target`, a whole number of sectors, from `sector` on. */
  read(sector: number, target: Uint8Array): void | Promise<void>
  /** Stores `source`, a whole number of sectors, from `sector` on; the backend copies what it keeps. */
  write(sector: number, source: Uint8Array): void | Promise<void>
  /** Returns (or resolves) when all completed writes are durable. */
  flush(): void | Promise<void>
}

/**
 * How many sectors a number of bytes makes.
 *
 * @param what - names the disk in the error.
 * @throws {@link DeviceError} `block-size` when it is not a whole number of sectors, or none.
 */
export const sectorCount = (bytes: number, what: string): number => {
  if (bytes > 0 && bytes % SECTOR_SIZE === 0) return bytes / SECTOR_SIZE
  const whole = Math.max(1, Math.ceil(bytes / SECTOR_SIZE)) * SECTOR_SIZE
  throw new DeviceError(
    'block-size',
    `${what} has ${bytes} bytes; a disk has a whole number of ${SECTOR_SIZE}-byte sectors: pad it to ${whole} bytes`,
  )
}

/**
 * Refuses a range that is not whole sectors inside a disk.
 *
 * @throws {@link DeviceError} `block-range`.
 */
export const checkRange = (backend: BlockBackend, sector: number, bytes: number): void => {
  const inside = Number.isInteger(sector) && sector >= 0 && sector + bytes / SECTOR_SIZE <= backend.sectors
  if (!inside || bytes % SECTOR_SIZE !== 0)
    throw new DeviceError(
      'block-range',
      `${bytes} bytes at sector ${sector} are not whole sectors of a disk of ${backend.sectors} sectors`,
    )
}

/**
 * Refuses a write to a read-only disk.
 *
 * @throws {@link DeviceError} `block-read-only`.
 */
export const checkWritable = (backend: BlockBackend): void => {
  if (backend.readOnly)
    throw new DeviceError('block-read-only', 'this disk is read-only: put overlayBlocks() over it to write')
}
