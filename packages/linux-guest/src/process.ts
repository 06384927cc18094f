import { spawn } from 'node:child_process'
import { LinuxGuestError } from './linux-guest-error.ts'

/** How a program is run. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv
  /** Ends the program when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** What a program did. */
export interface RunResult {
  readonly status: number | null
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** How the output of the tools is read: not translated. */
const LOCALE = { LC_ALL: 'C', LANGUAGE: 'C' }

/**
 * Runs a program to its end, with nothing on its standard input.
 *
 * @throws LinuxGuestError `TOOL_MISSING` if there is no such program; the reason of `signal` if it was aborted.
 */
export function runProgram(
  name: string,
  args: readonly string[],
  { env = process.env, signal }: RunOptions = {},
): Promise<RunResult> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, {
      env: { ...env, ...LOCALE },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    })
    const stdout: Uint8Array[] = []
    const stderr: string[] = []
    child.stdout.on('data', (bytes: Uint8Array) => stdout.push(bytes))
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.push(text))
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) reject(signal.reason)
      else if (error.code === 'ENOENT') reject(toolMissing(name))
      else reject(error)
    })
    child.on('close', (status) => {
      if (signal?.aborted) reject(signal.reason)
      else resolve({ status, stdout: Buffer.concat(stdout), stderr: stderr.join('') })
    })
  })
}

const toolMissing = (name: string): LinuxGuestError =>
  new LinuxGuestError('TOOL_MISSING', `the program ${name} is not on this system`)
