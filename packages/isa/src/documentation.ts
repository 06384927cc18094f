import { type Classification, classify } from './classify.ts'
import type { Extension, Instruction } from './instruction.ts'
import { instructions } from './table.ts'

const titles: Readonly<Record<Extension, string>> = {
  I: 'RV64I, base integer instructions',
  Zifencei: 'Zifencei, instruction-fetch fence',
  Zicsr: 'Zicsr, control and status registers',
  M: 'M, multiplication and division',
  A: 'A, atomic instructions',
  F: 'F, single-precision floating point',
  D: 'D, double-precision floating point',
  C: 'C, compressed instructions',
  Zba: 'Zba, address generation',
  Zbb: 'Zbb, basic bit manipulation',
  Zbc: 'Zbc, carry-less multiplication',
  Zbs: 'Zbs, single bits',
  Zicond: 'Zicond, conditional operations',
  Zicbom: 'Zicbom, management of cache blocks',
  Zicboz: 'Zicboz, zeroing of cache blocks',
  Zawrs: 'Zawrs, waiting for a reservation',
  Svinval: 'Svinval, invalidation of translations in parts',
  Sm: 'Machine-level instructions',
  S: 'Supervisor-level instructions',
  H: 'H, hypervisor extension',
}

const hexadecimal = (value: number, length: number) => `\`${value.toString(16).padStart(2 * length, '0')}\``

function notes(row: Instruction): string {
  const it: Classification = classify(row)
  return [
    row.expandsTo && `expands to \`${row.expandsTo.name}\``,
    it.privileged && 'privileged',
    it.accessesCsr ? 'sensitive by CSR' : it.controlSensitive && 'control-sensitive',
    it.illegal.S === 'sometimes' && !it.accessesCsr && !it.accessesFloat && 'may trap in S-mode',
    it.virtual.VS === 'always' && 'traps in VS-mode',
    it.virtual.VS === 'sometimes' && !it.accessesCsr && 'may trap in VS-mode',
    it.traps !== 'none' && 'traps',
    it.accessesFloat && 'illegal while FS is off',
  ]
    .filter(Boolean)
    .join(', ')
}

const line = (row: Instruction): string => {
  const { name, format, match, mask, length, summary } = row
  const assembly = format.syntax === '' ? name : `${name} ${format.syntax}`
  return `| \`${assembly}\` | ${format.name} | ${hexadecimal(match, length)} | ${hexadecimal(mask, length)} | ${summary} | ${notes(row)} |`
}

/** The instruction table as Markdown: assembly, encoding, meaning, and what a virtual-machine monitor has to know. */
export function instructionTable(): string {
  const extensions = [...new Set(instructions.map((row) => row.extension))]
  const sections = extensions.map((extension) => {
    const rows = instructions.filter((row) => row.extension === extension)
    return [
      `## ${titles[extension]}`,
      '',
      '| assembly | format | match | mask | what it does | notes |',
      '| --- | --- | --- | --- | --- | --- |',
      ...rows.map(line),
      '',
    ].join('\n')
  })
  return [
    '# The instructions',
    '',
    'Generated from the instruction table of `@worldswitch/isa`; a test keeps the two equal, and',
    '`pnpm --filter @worldswitch/isa exec vitest run -u` writes this page anew.',
    '',
    ...sections,
  ].join('\n')
}
