/** Child processes: quiet ones whose output shows only when they fail, and attached ones. */
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import path from 'node:path'
import { root } from './packages.mjs'

/** A step failed and has told why; there is nothing to add but the exit status. */
export class StepFailed extends Error {}

/**
 * Runs a command line and turns a failed step into its message and exit status 1.
 *
 * @param {() => Promise<number>} command returns the exit status
 */
export async function exitWith(command) {
  try {
    process.exitCode = await command()
  } catch (error) {
    if (!(error instanceof StepFailed)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}

/** The environment of every tool: the pinned tools first in PATH, nothing sent or asked by them. */
export const toolEnvironment = () => ({
  ...process.env,
  PATH: `${path.join(root, 'node_modules/.bin')}${path.delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: '1',
  TURBO_NO_UPDATE_NOTIFIER: '1',
  DO_NOT_TRACK: '1',
})

/**
 * Runs a tool with its output held back. A line on standard error tells what takes time; steps that
 * end at once say nothing.
 *
 * @param {string} what shown as progress and in the error
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @throws {StepFailed} with the tool's output
 */
export async function runQuietly(what, file, args, options) {
  const started = Date.now()
  let shown = false
  const timer = setTimeout(() => {
    shown = true
    process.stderr.write(`worldswitch: ${what} …\n`)
  }, 700)
  const { status, output } = await collect(file, args, options)
  clearTimeout(timer)
  if (status !== 0) throw new StepFailed(`${output}\nworldswitch: ${what} failed (status ${status})`)
  if (shown) process.stderr.write(`worldswitch: ${what}: done in ${seconds(Date.now() - started)}\n`)
}

/**
 * Runs a tool and returns its output, standard output and standard error in the order of arrival.
 *
 * @returns {Promise<{ status: number, output: string }>}
 */
export function collect(file, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: root,
      env: toolEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code, signal) =>
      resolve({ status: exitStatus(code, signal), output: Buffer.concat(chunks).toString() }),
    )
  })
}

/** Runs a program that owns the terminal until it ends; signals are its business. */
export function runAttached(file, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit' })
    // The terminal sends Ctrl-C to both processes; whether it ends anything is for the child to say.
    const ignore = () => {}
    const forward = (signal) => child.kill(signal)
    process.on('SIGINT', ignore)
    process.on('SIGTERM', forward)
    process.on('SIGHUP', forward)
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(exitStatus(code, signal)))
  })
}

const exitStatus = (code, signal) => code ?? 128 + (constants.signals[signal] ?? 0)

/** A time in seconds for people. */
export const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(1)} s`
