/** The commands behind `npm start`, `npm test` and `pnpm worldswitch`. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { build } from './build.mjs'
import { installIfNeeded } from './install.mjs'
import { root } from './packages.mjs'
import { exitWith, runAttached, StepFailed } from './process.mjs'
import { runTests } from './test.mjs'

/**
 * As many threads for the engine's compilers as there are processors beside that of the machine, as in the command's
 * first line: Node's four take time from the machine where there are two.
 */
const THREADS = '--v8-pool-size=0'

const commands = {
  start: (args) => worldswitch(['run', ...args]),
  test: async (args) => {
    await installIfNeeded()
    return runTests(args)
  },
  worldswitch,
}

/**
 * Runs one command and sets the exit status.
 *
 * @param {string[]} argv the command's name and its arguments
 */
export const main = (argv) => exitWith(() => run(argv))

async function run([name, ...args]) {
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (command === undefined) {
    console.error(`usage: workspace.mjs ${Object.keys(commands).join('|')} [arguments]`)
    return 2
  }
  return command(args)
}

/** Runs the bench app from its build; the terminal, the arguments and the exit status are the app's. */
async function worldswitch(args) {
  await installIfNeeded()
  await build()
  return runAttached(process.execPath, ['--enable-source-maps', THREADS, appEntry(), ...args])
}

function appEntry() {
  const folder = path.join(root, 'apps/bench')
  const manifest = path.join(folder, 'package.json')
  if (!existsSync(manifest)) throw new StepFailed('apps/bench is missing from this checkout')
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return path.join(folder, typeof bin === 'string' ? bin : bin.worldswitch)
}
