/** The build of what runs: JavaScript of every package. Types are built where they are checked. */
import path from 'node:path'
import { root, workspacePackages } from './packages.mjs'
import { runQuietly } from './process.mjs'

/** Turbo, called without a shell or a package manager in between. */
export const turbo = (...args) => [
  process.execPath,
  [path.join(root, 'node_modules/turbo/bin/turbo'), ...args],
]

/** Builds what changed since the last build. */
export async function build(...tasks) {
  const names = tasks.length === 0 ? ['build'] : tasks
  await runQuietly(
    `building ${workspacePackages().length} packages`,
    ...turbo('run', ...names, '--output-logs=errors-only', '--ui=stream'),
  )
}
