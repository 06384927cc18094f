/** `pnpm build:programs`: cross-compiles the programs and writes images/ and src/generated/. */
import { resolve } from 'node:path'
import { buildPrograms } from './build-programs.mjs'

const root = resolve(import.meta.dirname, '..')
const target = resolve(process.argv[2] ?? root)
buildPrograms({ root, target, log: console.log })
