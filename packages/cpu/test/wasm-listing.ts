import { registerNames } from '@worldswitch/isa'
import createWabt from 'wabt'
import { State } from '../src/state-layout.ts'
import { sharedNames } from '../src/translator/module-table.ts'

const wabt = await createWabt()

/** Columns of a line at most. */
const WIDTH = 100

/** An expression of WebAssembly's text format, its parts in order. */
type Expression = readonly (string | Expression)[]

/** The text of the function that a module of translated regions exports first, with names for what has a meaning. */
export function listing(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { tail_call: true })
  module.generateNames()
  module.applyNames()
  const [text] = parse(module.toText({ foldExprs: true }).replaceAll(/;; label = .*/g, ''))
  module.destroy()
  const [, name] = find(text, 'export')
    .map((part) => part.at(-1) as Expression)
    .find(([kind]) => kind === 'func')!
  const [code] = find(text, 'func').filter((part) => part[1] === name)
  const body = code.filter((part) => typeof part !== 'string' && !DECLARATIONS.has(part[0] as string))
  return body.map((part) => print(named(part, namesIn(code)), 0)).join('\n')
}

/** Expressions that only one local is in, and what it is for. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/^\(local\.set (\S+) \(i64\.and \(local\.get \S+\) \(i64\.const -4096\)\)\)$/, '$base'],
  [/^\(if \S+ \(local\.get (\S+)\) /, '$resume'],
  [/^\(i32\.ge_s \(local\.get (\S+)\) \(i32\.const 0\)\)$/, '$place'],
]

const DECLARATIONS = new Set<unknown>(['type', 'param', 'result', 'local'])

const find = (parts: string | Expression, head: string): Expression[] =>
  (parts as Expression).filter((part): part is Expression => typeof part !== 'string' && part[0] === head)

function parse(text: string): Expression {
  const open: (string | Expression)[][] = [[]]
  for (const [token] of text.matchAll(/\(;.*?;\)|"[^"]*"|[()]|[^\s()]+/g)) {
    if (token === '(') open.push([])
    else if (token === ')') open[open.length - 2].push(open.pop()!)
    else if (!token.startsWith('(;')) open[open.length - 1].push(token)
  }
  return open[0]
}

/** What the locals of a region's function hold, by the places in the state block to which they go, or from which they come. */
function namesIn(code: Expression): ReadonlyMap<string, string> {
  const params = find(code, 'param').map(([, name]) => name as string)
  const names = new Map([
    [params[0], '$hart'],
    [params[1], '$pc'],
    [params[2], '$depth'],
    [params[3], '$left'],
  ])
  const places = new Map<string, string>([
    [`offset=${State.pc}`, '$target'],
    [`offset=${State.dataTlb}`, '$tlb'],
    [`offset=${State.dataContext}`, '$context'],
    ...registerNames.map((name, x) => [`offset=${State.x + 8 * x}`, `$${name}`] as const),
  ])
  const visit = (part: string | Expression): void => {
    if (typeof part === 'string') return
    const flat = print(part, 0, Number.POSITIVE_INFINITY)
    const moved =
      /^\(local\.set (\S+) \(i(?:32|64)\.load (offset=\d+) \(local\.get (\S+)\)\)\)$/.exec(flat) ??
      /^\(i64\.store (?<to>offset=\d+) \(local\.get (?<hart>\S+)\) \(local\.get (?<local>\S+)\)\)$/.exec(flat)
    const [local, place, base] = moved?.groups
      ? [moved.groups.local, moved.groups.to, moved.groups.hart]
      : [moved?.[1], moved?.[2], moved?.[3]]
    const name = base === params[0] ? places.get(place!) : undefined
    if (name !== undefined) names.set(local!, name)
    for (const [shape, meaning] of SHAPES) {
      const [, found] = shape.exec(flat) ?? []
      if (found !== undefined) names.set(found, meaning)
    }
    for (const inner of part) visit(inner)
  }
  visit(code)
  return names
}

const named = (part: string | Expression, names: ReadonlyMap<string, string>): string | Expression =>
  typeof part === 'string'
    ? (names.get(part) ?? part)
    : calledByName(part).map((inner) => named(inner, names))

/** A call by the module's table with the name of what is there, in place of table, type and index. */
function calledByName(part: Expression): Expression {
  const [head, ...rest] = part
  if (head !== 'call_indirect' && head !== 'return_call_indirect') return part
  const index = rest.at(-1) as Expression
  const name = index[0] === 'i32.const' ? sharedNames[Number(index[1])] : undefined
  if (name === undefined) return part
  const pushed = rest.slice(0, -1).filter((inner) => typeof inner !== 'string' && inner[0] !== 'type')
  return [head, `$links.${name}`, ...pushed]
}

function print(part: string | Expression, indent: number, width = WIDTH): string {
  if (typeof part === 'string') return part
  const flat = `(${part.map((inner) => print(inner, 0, Number.POSITIVE_INFINITY)).join(' ')})`
  if (indent + flat.length <= width) return flat
  let text = '('
  for (const inner of part) {
    if (typeof inner === 'string') text += `${text === '(' ? '' : ' '}${inner}`
    else text += `\n${' '.repeat(indent + 2)}${print(inner, indent + 2, width)}`
  }
  return `${text})`
}
