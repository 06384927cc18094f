import type { BuiltBoard } from './board/board.ts'
import { type BoardTreeOptions, boardTreeBlob } from './board/board-tree.ts'
import { completeTree } from './board/given-tree.ts'
import { hex, ImageError } from './images/image-error.ts'
import { type ImageTarget, type ProgramImage, parseImage, writeImage } from './images/load-image.ts'
import { place } from './images/placement.ts'
import type { LoadedImage, RamRange } from './images/ram-range.ts'

/** What is put into memory before power-on. */
export interface BootOptions {
  readonly kernel?: ProgramImage | undefined
  readonly initrd?: Uint8Array | undefined
  readonly firmware?: ProgramImage | undefined
  readonly bootargs?: string | undefined
  /** A device tree to use instead of the board's own; `/chosen` is completed. */
  readonly deviceTree?: Uint8Array | undefined
  readonly tree: Pick<BoardTreeOptions, 'harts' | 'hart' | 'rngSeed'>
}

/** Images taken apart and placed, ready to be written as often as the machine is reset. */
export interface BootPlan {
  /** Entry of the kernel; undefined when there is none, which only a machine with its own firmware allows. */
  readonly kernelEntry: number | undefined
  /** Entry of the M-mode firmware image, if there is one. */
  readonly firmwareEntry: number | undefined
  /** Physical address of the device tree. */
  readonly tree: number
  /** The device tree. */
  readonly blob: Uint8Array
  /** Physical address of the `fw_dynamic_info` for the firmware image. */
  readonly firmwareInfo: number
  /** Copies everything into memory. */
  write(target: ImageTarget): void
}

/** Bytes of a `fw_dynamic_info`: magic, version, next address, next mode, options, boot hart. */
const INFO_SIZE = 48
const INFO_MAGIC = 0x4942_534fn
const INFO_VERSION = 2n
const NEXT_MODE_S = 1n

/**
 * Takes images apart, places everything in RAM and makes the device tree.
 *
 * @throws ImageError when an image cannot be loaded, or when not everything fits; FdtError when `deviceTree` is none.
 */
export function planBoot(board: BuiltBoard, ram: RamRange, options: BootOptions): BootPlan {
  const kernel = options.kernel && parseImage(options.kernel, ram)
  const firmware = options.firmware && parseImage(options.firmware, ram)
  if (!kernel && !firmware) {
    throw new ImageError(
      'empty',
      'There is nothing to run: give a kernel, or a firmware image that brings its own.',
    )
  }
  if (kernel && firmware && kernel.start < firmware.end && firmware.start < kernel.end) {
    throw new ImageError(
      'overlap',
      `Firmware (${hex(firmware.start)} to ${hex(firmware.end)}) and kernel (${hex(kernel.start)} to ${hex(kernel.end)}) overlap; link one of them elsewhere.`,
    )
  }
  const images = [firmware, kernel].filter((image): image is LoadedImage => image !== undefined)
  const taken = {
    start: (kernel ?? firmware)!.start,
    end: Math.max(...images.map((image) => image.end)),
  }
  const initrdSize = options.initrd?.length ?? 0
  const blobFor = (start: number | undefined): Uint8Array => {
    const chosen = {
      bootargs: options.bootargs,
      initrd: start === undefined ? undefined : { start, size: initrdSize },
    }
    return options.deviceTree === undefined
      ? boardTreeBlob(board, { ...options.tree, ...chosen, ramSize: ram.size })
      : completeTree(options.deviceTree, { ...chosen, rngSeed: options.tree.rngSeed })
  }
  // The size of the tree does not depend on where the ramdisk is.
  const draft = blobFor(initrdSize === 0 ? undefined : ram.base)
  const infoOffset = Math.ceil(draft.length / 8) * 8
  const { initrd, tree } = place(ram, taken, initrdSize, infoOffset + INFO_SIZE)
  const blob = initrd === undefined ? draft : blobFor(initrd)
  const kernelEntry = kernel?.entry
  return {
    kernelEntry,
    firmwareEntry: firmware?.entry,
    tree,
    blob,
    firmwareInfo: tree + infoOffset,
    write(target) {
      for (const image of images) writeImage(image, target)
      if (options.initrd && initrd !== undefined) target.writeRam(initrd, options.initrd)
      target.writeRam(tree, blob)
      target.writeRam(tree + infoOffset, firmwareInfo(kernelEntry ?? 0))
    },
  }
}

/** OpenSBI's `struct fw_dynamic_info`: where its dynamic firmware goes next. */
function firmwareInfo(next: number): Uint8Array {
  const bytes = new Uint8Array(INFO_SIZE)
  const view = new DataView(bytes.buffer)
  const fields = [INFO_MAGIC, INFO_VERSION, BigInt(next), NEXT_MODE_S, 0n, 0n]
  for (const [index, field] of fields.entries()) view.setBigUint64(index * 8, field, true)
  return bytes
}
