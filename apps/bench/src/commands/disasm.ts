import { decode, disassemble } from '@worldswitch/isa'
import { ImageError, type LoadedImage, parseImage } from '@worldswitch/machine'
import type { Command } from 'commander'
import { readNamedFile } from '../files.ts'
import { address, wholeNumber } from '../quantities.ts'
import { UserError } from '../user-error.ts'

interface DisasmOptions {
  readonly from?: bigint
  readonly count?: number
  readonly raw?: bigint
}

/** All of the physical address space: an image is looked at, not run. */
const ANYWHERE = { base: 0, size: 2 ** 48 }

/** `worldswitch disasm`: the instructions of an image, as text. */
export function addDisasm(program: Command): void {
  program
    .command('disasm')
    .summary('print the instructions of a kernel image')
    .description('Prints the instructions of an ELF file, a Linux Image or, with --raw, any file.')
    .argument('<image>', 'file to look at')
    .option('--from <address>', 'first physical address to print', address)
    .option('--count <n>', 'most instructions to print', wholeNumber(1))
    .option('--raw <address>', 'take the file as plain code that belongs at this address', address)
    .action(async (file: string, options: DisasmOptions) => {
      const bytes = await readNamedFile(file, 'image')
      for (const line of lines(parse(bytes, options), options)) process.stdout.write(`${line}\n`)
    })
}

function parse(bytes: Uint8Array, { raw }: DisasmOptions): LoadedImage {
  try {
    return parseImage(raw === undefined ? bytes : { format: 'raw', bytes, address: Number(raw) }, ANYWHERE)
  } catch (error) {
    if (error instanceof ImageError) throw new UserError(error.message, 1)
    throw error
  }
}

function* lines(image: LoadedImage, { from, count = Number.POSITIVE_INFINITY }: DisasmOptions): Generator<string> {
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
      const digits = word.toString(16).padStart(length * 2, '0').padEnd(8)
      yield `${pc.toString(16).padStart(12)}:  ${digits}  ${disassemble(word, { pc: BigInt(pc) })}`
      offset += length
    }
  }
}
