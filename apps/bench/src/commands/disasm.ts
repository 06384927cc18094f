import { decode, disassemble } from '@worldswitch/isa'
import { ImageError, type LoadedImage, parseImage } from '@worldswitch/machine'
import { ANYWHERE, imageTrouble, readImage } from '../images.ts'
import { UserError } from '../user-error.ts'

/** Options of `disasm`. */
export interface DisasmOptions {
  readonly from?: bigint
  readonly count?: number
  readonly raw?: bigint
}

/** `worldswitch disasm`: the instructions of an image, as text. */
export async function disasm(file: string, options: DisasmOptions): Promise<void> {
  const image = await parse(file, options.raw)
  let lines = 0
  for (const line of disassembly(image, options)) {
    lines++
    // Wait for a slow reader, so that a large image is not held in memory.
    if (!process.stdout.write(`${line}\n`)) {
      await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
  }
  if (lines === 0) throw new UserError(`${file} has nothing at ${hex(options.from ?? 0n)} and above`, 1)
}

const hex = (value: bigint): string => `0x${value.toString(16)}`

async function parse(file: string, raw: bigint | undefined): Promise<LoadedImage> {
  const image = await readImage(file, 'image', raw)
  try {
    return parseImage(image, ANYWHERE)
  } catch (error) {
    if (error instanceof ImageError) throw imageTrouble(file, error)
    throw error
  }
}

function* disassembly(
  image: LoadedImage,
  { from, count = Number.POSITIVE_INFINITY }: DisasmOptions,
): Generator<string> {
  let left = count
  for (const { address: base, bytes } of image.segments) {
    let offset = from === undefined ? 0 : Math.max(0, Number(from) - base)
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    while (offset + 2 <= bytes.length && left-- > 0) {
      const half = view.getUint16(offset, true)
      const long = (half & 3) === 3 && offset + 4 <= bytes.length
      const word = long ? view.getUint32(offset, true) : half
      const length = decode(word)?.length ?? (long ? 4 : 2)
      const pc = base + offset
      const digits = word
        .toString(16)
        .padStart(length * 2, '0')
        .padEnd(8)
      yield `${pc.toString(16).padStart(12)}:  ${digits}  ${disassemble(word, { pc: BigInt(pc) })}`
      offset += length
    }
  }
}
