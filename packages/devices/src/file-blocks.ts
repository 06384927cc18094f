import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { type BlockBackend, checkRange, checkWritable, SECTOR_SIZE, sectorCount } from './block-backend.ts'
import { DeviceError } from './device-error.ts'

/** A disk in a file. */
export interface FileBlocks extends BlockBackend {
  /** Flushes and closes the file; a second call does nothing, any other use afterwards is an I/O error. */
  close(): void
}

const open = (path: string, readOnly: boolean): number => {
  try {
    return openSync(path, readOnly ? 'r' : 'r+')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw new DeviceError('file-missing', `${path} does not exist: create it, or check the path`)
    if (code === 'EISDIR')
      throw new DeviceError('file-kind', `${path} is a directory: a disk image is a regular file`)
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw new DeviceError(
        'file-access',
        readOnly
          ? `${path} cannot be read: change its permissions`
          : `${path} cannot be written: change its permissions, or open it with readOnly`,
      )
    throw error
  }
}

/**
 * A disk in a file of this machine, read and written synchronously; a flush of the guest is an `fsync`.
 *
 * @param options - `readOnly` opens the file for reading and refuses writes.
 * @throws `DeviceError` `file-missing`, `file-access`, `file-kind` when it is no regular file, and `block-size`
 *   when its size is no positive multiple of 512.
 */
export const fileBlocks = (path: string, { readOnly = false }: { readOnly?: boolean } = {}): FileBlocks => {
  const descriptor = open(path, readOnly)
  let sectors: number
  try {
    const status = fstatSync(descriptor)
    if (!status.isFile())
      throw new DeviceError('file-kind', `${path} is not a regular file: copy it into one first`)
    sectors = sectorCount(status.size, path)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
  let closed = false
  const whenOpen = (): void => {
    if (closed) throw new DeviceError('file-access', `${path} was closed: it can no longer be used`)
  }
  return {
    sectors,
    readOnly,
    read(sector, target) {
      whenOpen()
      checkRange(this, sector, target.length)
      for (let done = 0; done < target.length; ) {
        const count = readSync(descriptor, target, done, target.length - done, sector * SECTOR_SIZE + done)
        if (count === 0)
          throw new DeviceError('block-range', `${path} has become shorter while it was in use`)
        done += count
      }
    },
    write(sector, source) {
      whenOpen()
      checkWritable(this)
      checkRange(this, sector, source.length)
      for (let done = 0; done < source.length; )
        done += writeSync(descriptor, source, done, source.length - done, sector * SECTOR_SIZE + done)
    },
    flush() {
      whenOpen()
      if (!readOnly) fsyncSync(descriptor)
    },
    close() {
      if (closed) return
      if (!readOnly) fsyncSync(descriptor)
      closed = true
      closeSync(descriptor)
    },
  }
}
