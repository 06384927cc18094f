import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

/** The bundled command; see build-command.ts. */
export const commandFile = fileURLToPath(new URL('../.results/command/cli.js', import.meta.url))

/** How a process ended. */
export interface Finished {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A process under way. */
export interface Started {
  readonly process: ChildProcess
  /** Resolves when these have appeared on standard output or standard error, one after the other. */
  seen(...texts: string[]): Promise<void>
  readonly finished: Promise<Finished>
}

/** Starts a program. Its standard input stays open unless `input` is given. */
export function start(
  program: string,
  args: readonly string[],
  cwd?: string,
  input?: string,
  env: NodeJS.ProcessEnv = {},
): Started {
  const child = spawn(program, args, { cwd, env: { ...process.env, NO_COLOR: '1', COLUMNS: '100', ...env } })
  const out = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8')
    child[name].on('data', (text: string) => {
      out[name] += text
      for (const look of waiting) look()
    })
  }
  // A process that ends before it has read everything is no error of the test.
  child.stdin.on('error', () => {})
  if (input !== undefined) child.stdin.end(input)
  const finished = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve({ status, ...out }))
  })
  const seen = async (...texts: string[]): Promise<void> => {
    const isSeen = (): boolean => {
      const all = `${out.stdout}${out.stderr}`
      let end = 0
      return texts.every((text) => {
        const at = all.indexOf(text, end)
        end = at + text.length
        return at >= 0
      })
    }
    const appeared = new Promise<void>((resolve) => {
      const look = (): void => {
        if (!isSeen()) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
    })
    const gone = finished.then(({ stdout, stderr }) => {
      if (!isSeen()) throw new Error(`no "${texts.join('", "')}" in:\n${stdout}\n${stderr}`)
    })
    await Promise.race([appeared, gone])
  }
  return { process: child, seen, finished }
}

/** Runs the command with standard input empty, or as given; `env` is added to the environment. */
export const worldswitch = (
  args: readonly string[],
  options: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
) => start(process.execPath, [commandFile, ...args], options.cwd, options.input ?? '', options.env).finished

/** Starts the command with standard input open. */
export const startWorldswitch = (
  args: readonly string[],
  cwd?: string,
  env: NodeJS.ProcessEnv = {},
): Started => start(process.execPath, [commandFile, ...args], cwd, undefined, env)

/** A folder of this test file that is removed at the end. */
export function scratchFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'worldswitch-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
