/**
 * `pnpm build:types`: the declarations of every package, lowest layer first, so that each sees its
 * dependencies as a consumer does, by their declarations. One compiler process for all of them parses the
 * standard library once.
 */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { layers } from './layers.mjs'
import { root } from './packages.mjs'
import { exitWith, runAttached } from './process.mjs'

const projects = layers
  .flat()
  .map((name) => path.join(root, 'packages', name, 'tsconfig.types.json'))
  .filter((project) => existsSync(project))

await exitWith(() =>
  runAttached(process.execPath, [
    path.join(root, 'node_modules/typescript/bin/tsc'),
    '--build',
    '--force',
    ...projects,
  ]),
)
