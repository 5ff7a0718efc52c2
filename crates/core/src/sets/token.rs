//! Closed sets of tokens and operator keys.

use super::closed_set;

closed_set! {
    /// Kind of a token.
    TokenKind, "token kind" {
        /// An OAuth access token.
        Access = "access",
        /// An OAuth refresh token.
        Refresh = "refresh",
        /// A user's API token.
        Api = "api",
        /// A static SCIM token of a workspace.
        Provisioning = "provisioning",
    }
}

closed_set! {
    /// Scope that a request to the management API needs.
    OperatorScope, "scope of an operator key" {
        /// To read.
        Read = "read",
        /// To change.
        Write = "write",
    }
}

closed_set! {
    /// The scopes of an operator key, as a space-separated list (RFC 6749 §3.3).
    OperatorScopes, "scopes of an operator key" {
        /// Reading alone.
        Read = "read",
        /// Changing alone.
        Write = "write",
        /// Both.
        ReadWrite = "read write",
    }
}

impl OperatorScopes {
    /// The set of these scopes; both when the list is empty.
    pub fn of(scopes: &[OperatorScope]) -> Self {
        match (scopes.contains(&OperatorScope::Read), scopes.contains(&OperatorScope::Write)) {
            (true, false) => Self::Read,
            (false, true) => Self::Write,
            _ => Self::ReadWrite,
        }
    }

    /// Whether the scope is in the set.
    pub fn contains(self, scope: OperatorScope) -> bool {
        match self {
            Self::Read => scope == OperatorScope::Read,
            Self::Write => scope == OperatorScope::Write,
            Self::ReadWrite => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_do_what_its_scopes_name_and_no_more() {
        let (read, write) = (OperatorScope::Read, OperatorScope::Write);
        let cases =
            [(&[read][..], "read"), (&[write], "write"), (&[write, read], "read write"), (&[], "read write")];
        for (scopes, text) in cases {
            let set = OperatorScopes::of(scopes);
            assert_eq!(set.as_str(), text);
            for scope in OperatorScope::ALL {
                assert_eq!(set.contains(scope), text.split(' ').any(|word| word == scope.as_str()), "{text}");
            }
        }
    }
}
