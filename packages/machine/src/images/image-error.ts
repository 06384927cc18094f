/** What can be wrong with an image. */
export type ImageErrorCode =
  | 'empty'
  | 'compressed'
  | 'unknown-format'
  | 'truncated'
  | 'wrong-class'
  | 'wrong-endianness'
  | 'wrong-machine'
  | 'wrong-type'
  | 'no-segments'
  | 'segment-outside-file'
  | 'segment-outside-ram'
  | 'segments-overlap'
  | 'bad-entry'
  | 'bad-header'
  | 'outside-ram'
  | 'overlap'
  | 'bad-gzip'

/** An image (kernel, initrd, firmware, device tree) that cannot be loaded. */
export class ImageError extends Error {
  override readonly name = 'ImageError'
  /** Machine-readable kind of the problem. */
  readonly code: ImageErrorCode
  /** @param message - what is wrong with the image and what to do about it. */
  constructor(code: ImageErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** An address or a size as error messages show it. */
export const hex = (value: number | bigint): string => `0x${value.toString(16)}`
