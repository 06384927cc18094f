/** Every page of docs/ can be found from the index above it. */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { root } from './packages.mjs'

const docs = path.join(root, 'docs')
const indexes = ['README.md', 'decisions/README.md', 'adding/README.md']

const linked = new Set(
  indexes.flatMap((index) =>
    [...readFileSync(path.join(docs, index), 'utf8').matchAll(/\]\(([^)#]+\.md)/g)].map(([, target]) =>
      path.posix.join(path.posix.dirname(index), target),
    ),
  ),
)

const pages = readdirSync(docs, { recursive: true })
  .map((page) => page.replaceAll(path.sep, '/'))
  .filter((page) => page.endsWith('.md') && page !== 'README.md' && !page.startsWith('api/'))

test.each(pages)('an index links to docs/%s', (page) => expect([...linked]).toContain(page))
