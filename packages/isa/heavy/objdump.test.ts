import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { csrNumber, decode, disassemble, instructionNamed, instructions } from '../src/index.ts'
import { RandomSource } from '../src/vectors/index.ts'
import { type Line, objdump } from './objdump.ts'

const scratch = mkdtempSync(join(tmpdir(), 'isa-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** What binutils 2.40 has of the extensions in the table. */
const march = 'rv64gch_zba_zbb_zbc_zbs_zicbom_zicboz_zawrs_svinval'

/** Where this table knowingly says something else than binutils 2.40. */
function excused(ours: string, { text, word }: Line): boolean {
  const [mnemonic = '', operands = ''] = text.split(' ')
  if (ours === text) return true
  // Binutils takes C.NOP for an alias, the specification for an instruction.
  if (ours === 'c.nop' && text === 'c.addi zero,0') return true
  // Younger than binutils 2.40.
  if (decode(word)?.instruction.extension === 'Zicond') return /^\.(4byte|word)/.test(text)
  // Extensions that the table does not have yet.
  if (decode(word) === undefined) return /^(c\.)?f/.test(mnemonic)
  // Conversions that round nothing: binutils 2.40 knows them with the first mode only.
  if (/^fcvt\.d\.(s|wu?) .*,\w{3}$/.test(ours)) return /^\.(4byte|word)/.test(text)
  // Names of CSRs that only RV32 has, or that no longer are.
  const csr = operands.split(',').find((it) => /^[a-z]\w*h$|^pmpcfg\d+$|^mscontext$/.test(it))
  if (csr !== undefined && csrNumber(csr) === undefined) return true
  // Shifts by 0: binutils names them after RV128.
  if (/^c\.s[rl][la]i64$/.test(mnemonic)) return / \w+,0x0$|,0x0$/.test(ours)
  // An empty FENCE set has no name there.
  return text.includes('unknown')
}

/** With aliases, binutils 2.40 gives immediate forms the names of the register forms; later versions do not. */
function immediateForm(text: string): string {
  const [mnemonic = '', operands = ''] = text.split(' ')
  const last = operands.split(',').at(-1)!
  if (!/^-?(0x)?[0-9a-f]+$/.test(last) || !/\d/.test(last[0] === '-' ? last[1]! : last[0]!)) return text
  const word = /^(add|s[lr][la]|ror)w$/.test(mnemonic)
  const form = word ? `${mnemonic.slice(0, -1)}iw` : `${mnemonic}i`
  return instructionNamed(form) || /^csr[wsc]$/.test(mnemonic) ? `${form} ${operands}` : text
}

function disagreements(lines: readonly Line[], pseudo: boolean): string[] {
  return lines.flatMap((line) => {
    const ours = disassemble(line.word, { pc: line.pc, pseudo })
    const theirs = pseudo ? { ...line, text: immediateForm(line.text) } : line
    return excused(ours, theirs) ? [] : [`${line.word.toString(16)}: ${ours} | ${line.text}`]
  })
}

const withoutAliases = ['-M', 'no-aliases']
/** Words as the code of an object file that says which extensions they are of. */
function object(name: string, words: Uint16Array | Uint32Array): string {
  const file = join(scratch, name)
  writeFileSync(file, words)
  writeFileSync(`${file}.s`, `.incbin "${file}"\n`)
  execFileSync('riscv64-linux-gnu-as', ['-mno-relax', `-march=${march}`, '-o', `${file}.o`, `${file}.s`])
  // The assembler takes included bytes for data, and marks them so.
  execFileSync('riscv64-linux-gnu-strip', ['--strip-all', `${file}.o`])
  return `${file}.o`
}

describe('disassembly and objdump', () => {
  test('agree on every halfword', () => {
    const halfwords = Uint16Array.from({ length: 0x1_0000 }, (_, i) => i).filter((word) => (word & 3) !== 3)
    const lines = objdump(['-d', ...withoutAliases, object('halfwords', halfwords)])
    expect(lines.length).toBe(halfwords.length)
    // Reserved, which binutils prints all the same.
    expect(disagreements(lines, false)).toEqual(['6101: .2byte 0x6101 | c.addi16sp sp,0'])
  })

  test.each([
    ['without aliases', false],
    ['with aliases', true],
  ])('agree on random words of our opcodes, %s', (_name, pseudo) => {
    const source = new RandomSource(1)
    const next = () => source.below(2 ** 32)
    const opcodes = [
      0x07, 0x27, 0x43, 0x47, 0x4b, 0x4f, 0x53, 0x53, 0x53, 0x37, 0x17, 0x13, 0x33, 0x1b, 0x3b, 0x03, 0x23,
      0x63, 0x67, 0x6f, 0x0f, 0x73, 0x2f,
    ]
    // Random, then with one operand or the other zero, then with funct7 mostly zero, so that all rows are met.
    const masks = [0xffff_ffff, 0xfff0_7fff, 0xffff_f07f, 0x01ff_ffff, 0x000f_ffff, 0xf9ff_ffff]
    const words = Uint32Array.from({ length: 200_000 }, (_, i) => {
      // Every third is one of our rows with random operands.
      const row = instructions[next() % instructions.length]!
      if (i % 3 === 0 && row.length === 4) return (row.match | (next() & ~row.mask)) >>> 0
      const word = next() & masks[((i / opcodes.length) % masks.length) | 0]!
      return (word & ~0x7f) | opcodes[i % opcodes.length]!
    })
    const lines = objdump(['-d', ...(pseudo ? [] : withoutAliases), object('words', words)])
    expect(lines.length).toBe(words.length)
    expect(disagreements(lines, pseudo)).toEqual([])
  })

  const images = new URL('../../guest-kernel/images/', import.meta.url)
  const kernels = existsSync(images) ? readdirSync(images).filter((name) => name.endsWith('.elf')) : []
  const libc = execFileSync('riscv64-linux-gnu-gcc', ['-print-file-name=libc.so.6'], {
    encoding: 'utf8',
  }).trim()
  const files = [...kernels.map((name) => new URL(name, images).pathname), libc]

  test.each(files)('agree on the code of %s', (file) => {
    const lines = objdump(['-d', ...withoutAliases, file])
    expect(lines.length).toBeGreaterThan(1000)
    expect(disagreements(lines, false)).toEqual([])
  })
})
