import { type BlockBackend, memoryBlocks, overlayBlocks } from '@worldswitch/devices'
import { type FileBlocks, fileBlocks } from '@worldswitch/devices/node'

/** Disks of a guest, and how to let go of their files. */
export interface Disks {
  readonly backends: readonly BlockBackend[]
  /** Makes durable what was written and closes the files. */
  close(): void
}

/**
 * Opens disk images.
 *
 * @param snapshot - leaves the files as they are: what the guest writes is kept in memory and lost at the end.
 * @throws DeviceError for a file that is no disk; those opened before are closed.
 */
export function openDisks(files: readonly string[], snapshot: boolean): Disks {
  const open: FileBlocks[] = []
  const close = (): void => {
    for (const file of open) file.close()
  }
  try {
    for (const file of files) open.push(fileBlocks(file, { readOnly: snapshot }))
  } catch (error) {
    close()
    throw error
  }
  return { backends: snapshot ? open.map((file) => overlayBlocks(file)) : open, close }
}

/** A disk that is lost at the end. */
export const memoryDisk = (contents: Uint8Array): Disks => ({
  backends: [memoryBlocks(contents)],
  close() {},
})
