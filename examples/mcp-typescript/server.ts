// An MCP server whose clients get their tokens from Vestibule. README.md lists the environment variables.
import express from 'express'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js'
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js'
import { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } from '@modelcontextprotocol/sdk/server/auth/router.js'

const { ISSUER = '', CLIENT_ID = '', CLIENT_SECRET = '', BASE_URL = 'http://127.0.0.1:3001', SCOPE = 'mcp' } = process.env
const resource = new URL('/mcp', BASE_URL)
const scopes = SCOPE.split(' ')
const authorization = 'Basic ' + Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')

// Asks Vestibule on each request (RFC 7662): what has ended is refused at once.
async function verifyAccessToken(token: string): Promise<AuthInfo> {
  const answer = await fetch(`${ISSUER}/oauth/introspect`, {
    method: 'POST', headers: { authorization }, body: new URLSearchParams({ token }),
  })
  if (!answer.ok) throw new Error(`introspection answered ${answer.status}`)
  const found = await answer.json()
  if (!found.active) throw new InvalidTokenError('The token is not active')
  return {
    token, clientId: found.client_id, scopes: found.scope.split(' '), expiresAt: found.exp, extra: found,
    resource: URL.canParse(found.aud) ? new URL(found.aud) : undefined, // compared with expectedResource (RFC 8707)
  }
}

function server() {
  const mcp = new McpServer({ name: 'Vestibule example', version: '1.0.0' })
  mcp.registerTool('whoami', { description: 'Who the client acts for, with the roles of this moment.' }, ({ authInfo }) => {
    const person = authInfo?.extra as { username: string, roles: string[] }
    return { content: [{ type: 'text', text: `Signed in as ${person.username}. Roles: ${person.roles.join(', ')}` }] }
  })
  return mcp
}

const found = await fetch(`${ISSUER}/.well-known/oauth-authorization-server`)
if (!found.ok) throw new Error(`the metadata of ${ISSUER} answered ${found.status}`)
const app = express()
app.use(mcpAuthMetadataRouter({ oauthMetadata: await found.json(), resourceServerUrl: resource, scopesSupported: scopes }))
app.use('/mcp', requireBearerAuth({
  verifier: { verifyAccessToken }, requiredScopes: scopes, expectedResource: resource,
  resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource),
}))
app.post('/mcp', express.json(), async (req, res) => {
  // Without sessions: each request stands alone and is checked alone.
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true })
  res.on('close', () => transport.close())
  await server().connect(transport)
  await transport.handleRequest(req, res, req.body)
})

const { hostname, port } = new URL(BASE_URL)
app.listen(Number(port), hostname, () => console.log(`MCP at ${resource}`))
