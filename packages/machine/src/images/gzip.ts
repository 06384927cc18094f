import { ImageError } from './image-error.ts'

/** `true` when the bytes begin like a gzip file, as compressed kernels (`Image.gz`, `vmlinuz`) do. */
export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Most that an image may grow to, so that a small hostile file cannot fill the host's memory. */
const MAX_BYTES = 0x4000_0000

/**
 * Decompresses a gzip-compressed image; other bytes are returned as they are, so any image can be passed through.
 *
 * @param maxBytes - most bytes the result may have; default 1 GiB.
 * @throws {@link ImageError} `bad-gzip` when the data are damaged or grow too large.
 */
export async function decompressImage(bytes: Uint8Array, maxBytes: number = MAX_BYTES): Promise<Uint8Array> {
  if (!isGzip(bytes)) return bytes
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes.slice())
      controller.close()
    },
  })
  const chunks: Uint8Array[] = []
  let size = 0
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new ImageError(
        'bad-gzip',
        `The compressed image is damaged (${cause instanceof Error ? cause.message : String(cause)}); fetch it again.`,
      )
    })
    if (done) break
    chunks.push(value)
    size += value.length
    if (size > maxBytes) {
      await reader.cancel()
      throw new ImageError(
        'bad-gzip',
        `The compressed image grows beyond ${maxBytes} bytes; raise the limit if that is intended.`,
      )
    }
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
