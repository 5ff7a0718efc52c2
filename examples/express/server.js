// An Express app whose people sign in through Vestibule. README.md lists the environment variables.
import express from 'express'
import session from 'express-session'
import * as client from 'openid-client'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { followEnds } from './ends.js'

const { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET, BASE_URL = 'http://127.0.0.1:3000' } = process.env
const redirect_uri = `${BASE_URL}/callback`
const insecure = ISSUER.startsWith('http:') ? { execute: [client.allowInsecureRequests] } : undefined
const config = await client.discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure)
const { issuer, jwks_uri } = config.serverMetadata()
const keys = createRemoteJWKSet(new URL(jwks_uri), { cooldownDuration: 10_000 }) // an unknown key: asked for once in 10 s
// DPOP=1: the tokens are bound to a key that this process makes (RFC 9449).
const bound = process.env.DPOP ? { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) } : undefined
const ends = followEnds({ issuer, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET })

const app = express()
const store = new session.MemoryStore() // of one process; several processes share one store
app.use(session({
  store, secret: SESSION_SECRET, resave: false, saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: BASE_URL.startsWith('https:') },
}))
const page = (body) => `<!doctype html><title>Express</title>${body}`
const signedOut = page('<a href="/login">Sign in</a>')
const escape = (text) => String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

// Answered from the app's own session, which ends when Vestibule calls /backchannel-logout.
app.get('/', (req, res) => {
  const { user } = req.session
  res.send(user ? page(`Signed in as ${escape(user.email)}. <a href="/roles">Roles</a> <a href="/logout">Sign out</a>`) : signedOut)
})

// Asks Vestibule on each request: roles are those of this moment, and the end of access is seen at once.
app.get('/roles', async (req, res) => {
  const { user, accessToken } = req.session
  if (!user) return res.status(401).send(signedOut)
  try {
    const now = await client.fetchUserInfo(config, accessToken, user.sub, bound)
    res.send(page(`Roles: ${now.roles.map(escape).join(', ')}`))
  } catch (error) {
    if (error.status !== 401) throw error
    req.session.destroy(() => res.status(401).send(signedOut))
  }
})

app.get('/login', async (req, res) => {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState(), nonce = client.randomNonce()
  req.session.login = { verifier, state, nonce }
  res.redirect(client.buildAuthorizationUrl(config, {
    redirect_uri, scope: 'openid profile email roles', state, nonce,
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
  }).href)
})

app.get('/callback', async (req, res) => {
  if (!req.session.login) return res.redirect('/')
  const { verifier, state, nonce } = req.session.login
  const tokens = await client.authorizationCodeGrant(config, new URL(req.originalUrl, redirect_uri), {
    pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce,
  }, undefined, bound)
  const { sub, sid, email } = tokens.claims()
  req.session.regenerate(() => {
    Object.assign(req.session, { user: { sub, sid, email }, accessToken: tokens.access_token, idToken: tokens.id_token })
    res.redirect('/')
  })
})

app.get('/logout', (req, res) => {
  const hint = req.session.idToken && { id_token_hint: req.session.idToken }
  const url = client.buildEndSessionUrl(config, { ...hint, post_logout_redirect_uri: `${BASE_URL}/` })
  req.session.destroy(() => res.redirect(url.href))
})

// A token with a sid ends that session, one without ends every session of the person.
const endSessions = ({ sub, sid }) => new Promise((resolve, reject) => store.all((error, sessions) => {
  if (error) return reject(error)
  for (const [id, { user }] of Object.entries(sessions)) {
    if (user && (sid ? user.sid === sid : user.sub === sub)) store.destroy(id)
  }
  resolve()
}))

app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (req, res) => {
  try {
    const { payload } = await jwtVerify(req.body.logout_token, keys, {
      issuer, audience: CLIENT_ID, typ: 'logout+jwt', maxTokenAge: '3m', clockTolerance: '2m',
    })
    if (!payload.events?.['http://schemas.openid.net/event/backchannel-logout'] || 'nonce' in payload) throw new Error('no logout token')
    await endSessions(payload)
    res.status(204).end()
  } catch (error) {
    res.status(400).json({ error: 'invalid_request', error_description: error.message })
  }
})

// An API for access tokens that are JWTs (RFC 9068). Checked here, without a request to Vestibule.
app.get('/api/me', async (req, res) => {
  const [, token] = /^Bearer (.+)$/i.exec(req.headers.authorization ?? '') ?? []
  if (!ends.fresh()) return res.status(503).set('Retry-After', '5').json({ error: 'the feed of ends is not connected' })
  try {
    const { payload } = await jwtVerify(token ?? '', keys, {
      issuer, audience: BASE_URL, typ: 'at+jwt', algorithms: ['RS256'], clockTolerance: '1m', requiredClaims: ['exp', 'sub', 'epoch'],
    })
    if (payload.cnf) throw new Error('bound to a key (RFC 9449), and no proof is checked here')
    if (ends.ended(payload)) throw new Error('access has ended')
    res.json({ sub: payload.sub, roles: payload.roles })
  } catch {
    res.status(401).set('WWW-Authenticate', 'Bearer error="invalid_token"').json({ error: 'invalid_token' })
  }
})

const { hostname, port } = new URL(BASE_URL)
app.listen(process.env.PORT ?? port, hostname, () => console.log(`Open ${BASE_URL}`))
