import { AssemblyError, nearest, Problem } from './assembly-error.ts'
import { type Directive, directives } from './directives.ts'
import { expansionOf, expansions } from './expansions.ts'
import { evaluateExpression, type Scope } from './expression.ts'
import { formsOf, mnemonics } from './mnemonics.ts'
import { encodeForm } from './operands.ts'
import { type Located, type Statement, statements } from './statement.ts'
import { Symbols } from './symbols.ts'

/** Where assembled code goes and what it may refer to. */
export interface AssembleOptions {
  /** Address of the first byte. 0 when left out. */
  readonly origin?: bigint
  /** Symbols that the source does not define itself. */
  readonly symbols?: Readonly<Record<string, bigint>>
}

/** Assembled code. */
export interface Assembly {
  readonly origin: bigint
  readonly bytes: Uint8Array
  /** Labels and `.equ` symbols of the source, numeric labels left out. */
  readonly symbols: ReadonlyMap<string, bigint>
}

/** Something that has a size at once, and its bytes when all symbols are known. */
interface Item {
  readonly line: number
  readonly address: bigint
  readonly size: number
  bytes(scope: Scope): ArrayLike<number>
}

/** More than any program here is long, and less than what a slip in a `.zero` might ask for. */
const mostBytes = 1 << 28

/**
 * Assembles RV64IMAFDC with the pseudo-instructions of the RISC-V Assembly Programmer's Manual, in the GNU
 * assembler's syntax: labels, numeric local labels (`1:`, `1b`, `1f`), `.byte .half .word .dword .ascii .asciz
 * .zero .align .balign .equ .org`, `%hi %lo %pcrel_hi %pcrel_lo`. There is one section; `.align` pads with zeros.
 *
 * @example
 * assemble('li a0, 42\nret').bytes // 8 bytes
 *
 * @throws {@link AssemblyError} with line, column and, for a misspelt name, a suggestion.
 */
export function assemble(source: string, options: AssembleOptions = {}): Assembly {
  return new Assembler(options).run(source)
}

class Assembler {
  readonly #origin: bigint
  readonly #symbols: Symbols
  readonly #items: Item[] = []
  /** Expressions under `%pcrel_hi`, by the address of their instruction. */
  readonly #pcrel = new Map<bigint, Located>()
  #size = 0

  constructor({ origin = 0n, symbols = {} }: AssembleOptions) {
    this.#origin = BigInt.asUintN(64, origin)
    this.#symbols = new Symbols(symbols)
  }

  run(source: string): Assembly {
    for (const statement of statements(source)) this.#located(statement.line, () => this.#place(statement))
    const bytes = new Uint8Array(this.#size)
    for (const item of this.#items)
      this.#located(item.line, () =>
        bytes.set(
          item.bytes(this.#scope(item.address)),
          Number(BigInt.asUintN(64, item.address - this.#origin)),
        ),
      )
    return { origin: this.#origin, bytes, symbols: this.#symbols.own() }
  }

  /** Says the line of whatever goes wrong. */
  #located(line: number, work: () => void): void {
    try {
      work()
    } catch (error) {
      throw error instanceof Problem ? new AssemblyError(error, line) : error
    }
  }

  get #here(): bigint {
    return BigInt.asUintN(64, this.#origin + BigInt(this.#size))
  }

  #scope(here: bigint): Scope {
    return {
      here,
      symbol: (name) => this.#symbols.value(name, here),
      symbolNames: () => this.#symbols.names(),
      pcrelAt: (address) => {
        const target = this.#pcrel.get(address)
        return target && evaluateExpression(target, this.#scope(address)) - address
      },
    }
  }

  /** First pass: labels get their addresses, statements their sizes. */
  #place(statement: Statement): void {
    const { line, labels, mnemonic, operands } = statement
    for (const label of labels) this.#symbols.define(label, this.#here)
    if (mnemonic === undefined) return
    const { text } = mnemonic
    const address = this.#here
    const expand = expansionOf(text, operands.length)
    if (text[0] === '.') this.#directive(statement, mnemonic)
    else if (expand !== undefined) {
      const { size, words } = expand(mnemonic, operands, this.#scope(address))
      this.#add({ line, address, size, bytes: (scope) => wordsToBytes(words(scope), size) })
    } else this.#instruction(statement, mnemonic)
  }

  #instruction({ line, operands }: Statement, mnemonic: Located): void {
    const { text } = mnemonic
    const address = this.#here
    const forms = formsOf(text)
    if (forms === undefined) {
      const known = [...mnemonics(), ...Object.keys(expansions)]
      const near = nearest(text, known)
      throw new Problem('ERR_ASSEMBLY_UNKNOWN_NAME', mnemonic.column, `unknown instruction ${text}`, near)
    }
    const size = forms[0]!.row.length
    for (const { text: operand, column } of operands) {
      const high = /%pcrel_hi\s*\((.*)\)\s*$/s.exec(operand)
      if (high !== null) this.#pcrel.set(address, { text: high[1]!, column })
    }
    this.#add({
      line,
      address,
      size,
      bytes: (scope) => littleEndian(BigInt(encodeForm(mnemonic, forms, operands, scope)), size),
    })
  }

  #add(item: Item): void {
    if (item.size > mostBytes - this.#size)
      throw new Problem('ERR_ASSEMBLY_RANGE', 1, `more than ${mostBytes} bytes`)
    this.#items.push(item)
    this.#size += item.size
  }

  #directive({ line, operands }: Statement, name: Located): void {
    const directive: Directive | undefined = Object.hasOwn(directives, name.text)
      ? directives[name.text]
      : undefined
    if (directive === undefined) {
      const near = nearest(name.text, Object.keys(directives))
      throw new Problem('ERR_ASSEMBLY_UNKNOWN_NAME', name.column, `unknown directive ${name.text}`, near)
    }
    const address = this.#here
    const laid = directive({
      name,
      operands,
      scope: this.#scope(address),
      define: (symbol, value) => this.#symbols.define(symbol, value),
    })
    if (laid !== undefined) this.#add({ line, address, ...laid })
  }
}

/** The low bytes of a value, the lowest first. */
const littleEndian = (value: bigint, size: number): number[] =>
  Array.from({ length: size }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn))

const wordsToBytes = (words: readonly number[], size: number): number[] =>
  words.flatMap((word) => littleEndian(BigInt(word), size / words.length))
