import { Problem } from './assembly-error.ts'

/** A piece of source and where it begins, columns counted from 1. */
export interface Located {
  readonly text: string
  readonly column: number
}

/** One line: labels, then perhaps an instruction or a directive. */
export interface Statement {
  readonly line: number
  readonly labels: readonly Located[]
  readonly mnemonic: Located | undefined
  readonly operands: readonly Located[]
}

/**
 * Takes source apart. A line holds one statement, or several with `;` between them; comments begin with `#` or `//`,
 * or are between slash-star and star-slash.
 */
export function statements(source: string): readonly Statement[] {
  // Block comments become blanks, so that positions stay true.
  const blank = source.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
  return blank.split('\n').flatMap((text, index) => lineStatements(text.replace(/\r$/, ''), index + 1))
}

function lineStatements(text: string, line: number): Statement[] {
  const pieces = split(text, ';', true)
  return pieces.map((piece) => statementOf(piece, line)).filter((it) => it.labels.length > 0 || it.mnemonic)
}

function statementOf(piece: Located, line: number): Statement {
  let rest = piece
  const labels: Located[] = []
  for (;;) {
    rest = trim(rest)
    const label = /^([\w.$]+)\s*:/.exec(rest.text)
    if (label === null) break
    labels.push({ text: label[1]!, column: rest.column })
    rest = after(rest, label[0].length)
  }
  const mnemonic = /^\S+/.exec(rest.text)
  if (mnemonic === null) return { line, labels, mnemonic: undefined, operands: [] }
  const operands = trim(after(rest, mnemonic[0].length))
  return {
    line,
    labels,
    mnemonic: { text: mnemonic[0], column: rest.column },
    operands: operands.text === '' ? [] : split(operands, ',', false).map(trim),
  }
}

const after = ({ text, column }: Located, count: number): Located => ({
  text: text.slice(count),
  column: column + count,
})

function trim({ text, column }: Located): Located {
  const start = text.trimStart()
  return { text: start.trimEnd(), column: column + text.length - start.length }
}

/** Splits outside of strings, characters and parentheses; with `comments`, ends at the first comment. */
function split(from: string | Located, separator: string, comments: boolean): Located[] {
  const { text, column } = typeof from === 'string' ? { text: from, column: 1 } : from
  const parts: Located[] = []
  let start = 0
  let depth = 0
  let end = text.length
  for (let i = 0; i < text.length; i++) {
    const letter = text[i]!
    if (letter === '"' || letter === "'") i = closing(text, i)
    else if (letter === '(') depth++
    else if (letter === ')') depth--
    else if (comments && (letter === '#' || text.startsWith('//', i))) {
      end = i
      break
    } else if (letter === separator && depth === 0) {
      parts.push({ text: text.slice(start, i), column: column + start })
      start = i + 1
    }
  }
  return [...parts, { text: text.slice(start, end), column: column + start }]
}

function closing(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === text[start]) return i
  }
  return text.length
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  b: 8,
  f: 12,
  '\\': 92,
  '"': 34,
  "'": 39,
}

/** The bytes of a quoted string, UTF-8, with the escapes of C. */
export function stringBytes({ text, column }: Located): number[] {
  const quoted = /^"(.*)"$/s.exec(text)
  if (quoted === null || closing(text, 0) !== text.length - 1)
    throw new Problem('ERR_ASSEMBLY_SYNTAX', column, `expected a "string", not ${text || 'nothing'}`)
  const bytes: number[] = []
  for (const [part] of quoted[1]!.matchAll(/\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3}|\\.|[^\\]+/gs)) {
    if (part[0] !== '\\') bytes.push(...new TextEncoder().encode(part))
    else if (part[1] === 'x' && part.length > 2) bytes.push(Number.parseInt(part.slice(2), 16))
    else if (/[0-7]/.test(part[1]!)) bytes.push(Number.parseInt(part.slice(1), 8) & 0xff)
    else if (part[1]! in escapes) bytes.push(escapes[part[1]!]!)
    else throw new Problem('ERR_ASSEMBLY_SYNTAX', column, `unknown escape ${part} in a string`)
  }
  return bytes
}
