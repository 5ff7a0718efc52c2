import { currentSession, endSession, settings } from '../../lib/auth.js'

// Ends the app's session, then Vestibule's (OpenID Connect RP-Initiated Logout).
export async function GET() {
  const session = await currentSession()
  if (session) endSession(session.id)
  const { ISSUER, CLIENT_ID, BASE_URL } = settings()
  const query = new URLSearchParams({ client_id: CLIENT_ID, post_logout_redirect_uri: `${BASE_URL}/` })
  if (session) query.set('id_token_hint', session.idToken)
  return Response.redirect(`${ISSUER}/oauth/logout?${query}`, 303)
}
