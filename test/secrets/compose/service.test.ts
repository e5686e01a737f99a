// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references of Compose files look like this
import { beforeAll, describe, expect, it } from 'vitest'
import { interpolate } from '../../../src/secrets/compose/interpolate.ts'
import { composeParser, loadComposeParser } from '../../../src/secrets/compose/parser.ts'
import { findMathesarService } from '../../../src/secrets/compose/service.ts'

beforeAll(loadComposeParser)

describe('the interpolation of Compose files', () => {
  const variables = { A: 'a', EMPTY: '', B: 'b}c' }
  it.each([
    ['plain', 'plain'],
    ['$A-${A}', 'a-a'],
    ['$$A $$', '$A $'],
    ['${A:-x}${A-x}', 'aa'],
    ['[${EMPTY:-x}${EMPTY-x}]', '[x]'],
    ['${NONE:-x}${NONE-y}', 'xy'],
    ['[${NONE}$NONE]', '[]'],
    ['${NONE:-${A:-z}}', 'a'],
    ['${NONE:-${NONE-$$${A}}/}', '$a/'],
    ['${A:+x}${NONE:+y}${EMPTY:+z}${EMPTY+w}', 'xw'],
    ['${A:?needed}${EMPTY?needed}', 'a'],
    ['${NONE:?needed}', null],
    ['${EMPTY:?needed ${A}}', null],
    ['${A:-${NONE:?needed}}', 'a'],
    ['${B}', 'b}c'],
    ['${A', null],
    ['${A b}', null],
    ['100% $ ${} $1', '100% $ ${} $1'],
    ['${NONE:-a:b-c}', 'a:b-c'],
  ])('reads %j as %j', (text, expected) => {
    expect(interpolate(text, variables)).toBe(expected)
  })
})

const SHIPPED = `
x-config: &config
  SECRET_KEY: \${SECRET_KEY:-}
  POSTGRES_DB: \${POSTGRES_DB:-mathesar_django}
  POSTGRES_USER: \${POSTGRES_USER:-mathesar}
  POSTGRES_PASSWORD: \${POSTGRES_PASSWORD:-mathesar}
  POSTGRES_HOST: \${POSTGRES_HOST:-mathesar_db}
  POSTGRES_PORT: \${POSTGRES_PORT:-5432}
services:
  caddy-reverse-proxy:
    image: mathesar/mathesar-caddy:latest
    ports: ["80:80"]
  service:
    container_name: mathesar_service
    image: mathesar/mathesar:latest
    environment:
      <<: *config
      ALLOWED_HOSTS: \${ALLOWED_HOSTS:-*}
    volumes:
      - ./msar/media:/code/.media
      - ./msar/secrets:/code/.secrets
  db:
    container_name: mathesar_db
    image: pgautoupgrade/pgautoupgrade:17-bookworm
    ports: ["127.0.0.1:5433:5432"]
`

describe('the service of Mathesar in a Compose project', () => {
  it('has the values of the .env file and the defaults of the Compose file', () => {
    const found = findMathesarService([SHIPPED], { POSTGRES_USER: 'bob', SECRET_KEY: 'k' }, composeParser())
    expect(found).toMatchObject({
      service: 'service',
      environment: {
        SECRET_KEY: 'k',
        POSTGRES_DB: 'mathesar_django',
        POSTGRES_USER: 'bob',
        POSTGRES_HOST: 'mathesar_db',
        POSTGRES_PORT: '5432',
      },
      secrets: { path: './msar/secrets' },
      missing: [],
    })
    expect(found?.peers.get('mathesar_db')?.published.get(5432)).toEqual({ address: '127.0.0.1', port: 5433 })
    expect(found?.peers.get('db')?.service).toBe('db')
  })

  it.each([
    ['image: mathesar/mathesar-prod', true],
    ['image: "docker.io/mathesar/mathesar:0.11.0"', true],
    ['image: registry.example.org:5000/mathesar/mathesar@sha256:0', true],
    ['image: ${IMAGE:-mathesar/mathesar}', true],
    ['image: mathesar/mathesar-caddy', false],
    ['image: notmathesar/mathesars', false],
    ['{ container_name: mathesar_service, build: . }', true],
    ['{ build: ., environment: [SECRET_KEY, POSTGRES_DB=x] }', true],
    ['{ image: postgres, environment: [POSTGRES_DB=x] }', false],
  ])('is recognized by %j: %s', (service, isFound) => {
    const text = service.startsWith('{')
      ? `services: { app: ${service} }`
      : `services:\n  app:\n    ${service}\n`
    expect(findMathesarService([text], {}, composeParser())?.service).toBe(isFound ? 'app' : undefined)
  })

  it.each([
    ['mathesar/mathesar:0.12.0', '0.12.0'],
    ['registry.example.org:5000/mathesar/mathesar:v0.12.0@sha256:0', '0.12.0'],
    ['mathesar/mathesar-prod:${TAG:-0.1.7}', '0.1.7'],
    ['mathesar/mathesar:latest', null],
    ['mathesar/mathesar:0.12', null],
    ['mathesar/mathesar:0.12.0-custom', null],
    ['mathesar/mathesar', null],
    ['example/mine:1.2.3', null],
  ])('has the release that the tag of its image %j names: %s', (image, release) => {
    const text = `services: { app: { image: "${image}", container_name: mathesar_service } }`
    expect(findMathesarService([text], {}, composeParser())?.release).toBe(release)
  })

  it('reads lists, names without a value, numbers, and what an override file changes', () => {
    const found = findMathesarService(
      [
        'services:\n  app:\n    image: mathesar/mathesar\n    env_file: [a.env, { path: b.env, required: false }]\n' +
          '    environment:\n      - POSTGRES_DB=x=y\n      - SECRET_KEY\n      - NONE\n      - HARD=${H:?set it}\n',
        'services:\n  app:\n    environment:\n      POSTGRES_PORT: 5433\n      POSTGRES_DB: z\n    network_mode: host\n',
      ],
      { SECRET_KEY: 's' },
      composeParser(),
    )
    expect(found).toMatchObject({
      environment: { POSTGRES_DB: 'z', SECRET_KEY: 's', POSTGRES_PORT: '5433' },
      missing: ['HARD'],
      envFiles: ['a.env', 'b.env'],
      usesHostNetwork: true,
    })
  })

  it.each([
    ['["5433:5432"]', { address: '127.0.0.1', port: 5433 }],
    ['["0.0.0.0:5433:5432/tcp"]', { address: '127.0.0.1', port: 5433 }],
    ['["192.0.2.1:5433:5432"]', { address: '192.0.2.1', port: 5433 }],
    ['["[::1]:5433:5432"]', { address: '::1', port: 5433 }],
    ['["[::]:5433:5432"]', { address: '::1', port: 5433 }],
    ['["${PORT:-5434}:5432"]', { address: '127.0.0.1', port: 5434 }],
    ['["6000-6002:5431-5433"]', { address: '127.0.0.1', port: 6001 }],
    ['[{ target: 5432, published: "5433" }]', { address: '127.0.0.1', port: 5433 }],
    ['[{ target: 5432, published: 5433, host_ip: 127.0.0.2 }]', { address: '127.0.0.2', port: 5433 }],
    ['["5432"]', undefined],
    ['[5432]', undefined],
    ['["5433:5432/udp"]', undefined],
    ['["5433-5440:5432"]', undefined],
    ['["127.0.0.1::5432"]', undefined],
    ['["80:8080"]', undefined],
  ])('reads where %s publishes the port of PostgreSQL', (ports, expected) => {
    const text = `services: { app: { image: mathesar/mathesar }, db: { image: postgres, ports: ${ports} } }`
    expect(findMathesarService([text], {}, composeParser())?.peers.get('db')?.published.get(5432)).toEqual(
      expected,
    )
  })

  it.each([
    ['["./msar/secrets:/code/.secrets:ro"]', { path: './msar/secrets' }],
    ['["/srv/s:/code/.secrets/"]', { path: '/srv/s' }],
    ['["keys:/code/.secrets"]', { volume: 'keys' }],
    ['[{ type: bind, source: ../s, target: /code/.secrets }]', { path: '../s' }],
    ['["./x:/code/media"]', null],
    ['["/code/.secrets"]', null],
  ])('reads where the volumes %s keep the key', (volumes, expected) => {
    const text = `services: { app: { image: mathesar/mathesar, volumes: ${volumes} } }`
    expect(findMathesarService([text], {}, composeParser())?.secrets).toEqual(expected)
  })

  it.each(['services: []', 'a', '[1]', '', 'services: { app: null }', 'services:\n  app: 3'])(
    'finds nothing in %j',
    (text) => {
      expect(findMathesarService([text], {}, composeParser())).toBeNull()
    },
  )
})
