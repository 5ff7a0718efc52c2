// The client of the official TypeScript SDK, driven by check.py: a command a line in, an answer a line out.
import readline from 'node:readline/promises'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

const { SERVER, REDIRECT, METADATA_URL, SCOPE } = process.env
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const line = async () => (await lines.next()).value
const say = (word, value) => console.log(`${word} ${value}`)
const kept = {}

const authProvider = {
  redirectUrl: REDIRECT,
  clientMetadataUrl: METADATA_URL || undefined,
  clientMetadata: { client_name: 'TypeScript SDK', redirect_uris: [REDIRECT], ...(SCOPE && { scope: SCOPE }) },
  state: () => crypto.randomUUID(),
  clientInformation: () => kept.client,
  saveClientInformation: (client) => { kept.client = client },
  tokens: () => kept.tokens,
  saveTokens: (tokens) => { kept.tokens = tokens; say('SCOPE', tokens.scope) },
  invalidateCredentials: (scope) => { if (scope === 'all' || scope === 'tokens') kept.tokens = undefined },
  saveCodeVerifier: (verifier) => { kept.verifier = verifier },
  codeVerifier: () => kept.verifier,
  redirectToAuthorization: (url) => say('OPEN', url.href),
}

let transport, client
async function connect() {
  transport = new StreamableHTTPClientTransport(new URL(SERVER), { authProvider })
  client = new Client({ name: 'typescript', version: '1.0.0' })
  await client.connect(transport)
}

async function call() {
  if (!client) await connect()
  const { content } = await client.callTool({ name: 'whoami', arguments: {} })
  return content[0].text
}

// Where the SDK wants the person, the next line is the address at which the browser ended.
async function withPerson(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof UnauthorizedError)) throw error
    const answer = new URL(await line()).searchParams
    if (!answer.get('code')) throw new Error(answer.get('error_description') ?? 'refused')
    await transport.finishAuth(answer.get('code'))
    client = undefined
    return await work()
  }
}

for (let command; (command = await line());) {
  try {
    // An access token that is not valid any more: the server answers 401, and the SDK refreshes.
    if (command === 'expire') kept.tokens = { ...kept.tokens, access_token: 'expired' }
    say('SAID', await withPerson(call))
    say('CLIENT', kept.client.client_id)
  } catch (error) {
    say('FAILED', `${error.constructor.name}: ${error.message.replaceAll('\n', ' ')}`)
  }
}
process.exit()
