import NextAuth from 'next-auth'
import { options } from '../../../../lib/auth.js'

const handler = (request, context) => NextAuth(request, context, options())

export { handler as GET, handler as POST }
