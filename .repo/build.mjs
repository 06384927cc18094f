/** The build of what runs: JavaScript of every package. Types are built where they are checked. */
import path from 'node:path'
import { root } from './packages.mjs'
import { runQuietly } from './process.mjs'

/** Turbo, called without a shell or a package manager in between. */
export const turbo = (...args) => [
  process.execPath,
  [path.join(root, 'node_modules/turbo/bin/turbo'), ...args],
]

/** Builds what changed since the last build: the part that runs, of all packages, unless told otherwise. */
export async function build({ tasks = ['build'], only = [] } = {}) {
  const filters = only.map((filter) => `--filter=${filter}`)
  await runQuietly(
    'building',
    ...turbo('run', ...tasks, '--output-logs=errors-only', '--ui=stream', ...filters),
  )
}
