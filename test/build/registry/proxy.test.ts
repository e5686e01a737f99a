import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../support/cli.ts'
import { imageLayout } from '../../support/image-layout.ts'
import { repository } from '../../support/program.ts'
import { fakeRegistry } from './fake-registry.ts'

/** Starts a proxy that refuses everything, and returns its address and what it was asked for. */
async function refusingProxy(): Promise<{ address: string; asked: string[] }> {
  const asked: string[] = []
  const proxy = createServer(({ method, url }, response) => {
    asked.push(`${method} ${url}`)
    response.writeHead(502).end()
  })
  proxy.on('connect', ({ url }, socket) => {
    asked.push(`CONNECT ${url}`)
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  return { address: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, asked }
}

/** Pushes in a process of its own: Node reads the variables of proxies when it starts. */
async function pushBehind(proxy: string, target: string): Promise<string> {
  const { directory } = imageLayout(temporaryDirectory())
  const script = `
    import { pushLayout } from '${join(repository, 'src/build/registry/push.ts')}'
    await pushLayout('${directory}', '${target}', {
      version: '1.2.3', env: {}, signal: undefined, progress() {}, warn() {}, pause: 1,
    }).then(() => console.log('done'), ({ message }) => console.log(message))`
  const env = { PATH: process.env.PATH, NODE_USE_ENV_PROXY: '1', HTTP_PROXY: proxy, HTTPS_PROXY: proxy }
  const run = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env })
  return run.stdout.trim()
}

it('a push uses the proxy of the environment', async () => {
  const { address, asked } = await refusingProxy()
  expect(await pushBehind(address, 'registry.example.org/owner/tool')).toBe(
    'The proxy does not connect to registry.example.org (ERR_PROXY_TUNNEL).',
  )
  expect(new Set(asked)).toEqual(new Set(['CONNECT registry.example.org:443']))
})

it('a push to this machine never goes through a proxy, since it may not be encrypted', async () => {
  const { address, asked } = await refusingProxy()
  const registry = await fakeRegistry()
  expect(await pushBehind(address, `${registry.host}/owner/tool`)).toBe('done')
  expect(asked).toEqual([])
})
