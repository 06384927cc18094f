import { execFileSync } from 'node:child_process'

/** One line of objdump. */
export interface Line {
  readonly pc: bigint
  readonly word: number
  readonly text: string
}

/** Runs the cross binutils' objdump and gives its instruction lines, comments and symbols taken off, addresses with `0x` throughout. */
export function objdump(args: readonly string[]): Line[] {
  const output = execFileSync('riscv64-linux-gnu-objdump', ['-z', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
  })
  return output.split('\n').flatMap((line) => {
    const match = /^\s*([0-9a-f]+):\t([0-9a-f]+)\s*\t(.*)$/.exec(line)
    if (match === null) return []
    const text = match[3]!
      .replace(/\t/g, ' ')
      .replace(/ #.*$/, '')
      .replace(/([ ,])([0-9a-f]+) <.*$/, '$10x$2')
      .trim()
    return [{ pc: BigInt(`0x${match[1]}`), word: Number.parseInt(match[2]!, 16), text }]
  })
}
