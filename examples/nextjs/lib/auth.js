// What NextAuth is told about Vestibule, and the app's sessions. README.md lists the environment variables.
import { getServerSession } from 'next-auth'

// Read when a request comes: `next build` loads this file, too.
export function settings() {
  const { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET, BASE_URL = 'http://127.0.0.1:3000' } = process.env
  process.env.NEXTAUTH_URL ??= BASE_URL
  return { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET, BASE_URL }
}

// NextAuth's cookie holds the id of a session alone, so that the session can end without the browser. Of one process; several share one
// store. On globalThis, because pages and routes are bundled apart.
const sessions = (globalThis.vestibuleSessions ??= new Map())

export function options() {
  const { ISSUER, CLIENT_ID, CLIENT_SECRET, SESSION_SECRET } = settings()
  return {
    secret: SESSION_SECRET,
    session: { strategy: 'jwt', maxAge: 12 * 60 * 60 },
    providers: [{
      id: 'vestibule', name: 'Vestibule', type: 'oauth', idToken: true,
      wellKnown: `${ISSUER}/.well-known/openid-configuration`,
      clientId: CLIENT_ID, clientSecret: CLIENT_SECRET,
      authorization: { params: { scope: 'openid profile email roles' } },
      checks: ['pkce', 'state', 'nonce'], // the default is state alone, which Vestibule refuses
      profile: ({ sub, email, name }) => ({ id: sub, email, name }),
    }],
    callbacks: {
      // `account` is there at the sign-in alone.
      jwt({ token, account, profile }) {
        if (!account) return token
        const id = crypto.randomUUID()
        const { sub, sid, email } = profile
        sessions.set(id, { id, sub, sid, email, accessToken: account.access_token, idToken: account.id_token })
        return { id }
      },
      session: ({ token }) => ({ id: token.id, expires: new Date(token.exp * 1000).toISOString() }),
    },
  }
}

export async function currentSession() {
  const cookie = await getServerSession(options())
  return cookie ? sessions.get(cookie.id) : undefined
}

export const endSession = (id) => sessions.delete(id)

// A token with a sid ends that session, one without ends every session of the person.
export function endSessionsOf({ sub, sid }) {
  for (const [id, session] of sessions) if (sid ? session.sid === sid : session.sub === sub) sessions.delete(id)
}
